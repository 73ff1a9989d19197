// Reads an event stream with fetch, and prints id and data of each event.
const response = await fetch(process.argv[2]);
const decoder = new TextDecoder();
let text = "";
for await (const chunk of response.body) {
  text += decoder.decode(chunk, { stream: true });
  const blocks = text.split("\n\n");
  text = blocks.pop();
  for (const block of blocks) {
    const fields = block.split("\n").map((line) => line.split(/: (.*)/s));
    const of = (name) => fields.filter(([n]) => n === name).map(([, value]) => value);
    if (of("data").length) console.log(of("id")[0], of("data").join(""));
  }
}
