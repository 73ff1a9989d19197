// Tells the test of each event of a stream, one after the other.
let told = Promise.resolve();
function report(id, event, data) {
  const body = JSON.stringify({ id, event, data });
  told = told.then(() => fetch("report" + location.search, { method: "POST", body }));
}
const names = ["live", "gap", "bye", "full"];
