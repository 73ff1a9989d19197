// Reads an event stream with fetch, and prints each event as a line of JSON.
const [url, lastEventID] = process.argv.slice(2);
const response = await fetch(url, { headers: lastEventID ? { "Last-Event-ID": lastEventID } : {} });
const decoder = new TextDecoder();
let [text, id] = ["", lastEventID];
for await (const chunk of response.body) {
  text += decoder.decode(chunk, { stream: true });
  const blocks = text.split("\n\n");
  text = blocks.pop();
  for (const block of blocks) {
    const fields = block.split("\n").map((line) => line.split(/: (.*)/s));
    const of = (name) => fields.filter(([n]) => n === name).map(([, value]) => value);
    id = of("id")[0] ?? id;
    if (of("data").length) console.log(JSON.stringify({ id, event: of("event")[0] ?? "message", data: of("data").join("\n") }));
  }
}
