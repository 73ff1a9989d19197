// What arrives at a page, for tests to read. It runs before the page's own
// scripts, in every frame.
{
  const seen = { samples: [], gaps: [], violations: [], framed: [] };
  window.seen = seen;

  addEventListener("sample", ({ detail }) => {
    const { seq, time } = JSON.parse(detail.data);
    seen.samples.push({ id: detail.id, seq, time });
    const body = document.getElementById("cpu-body");
    if (parent !== window) parent.postMessage({ seq, text: body?.innerText }, "*");
  }, true);
  addEventListener("gap", ({ detail }) => seen.gaps.push(detail.data), true);
  addEventListener("message", ({ data }) => seen.framed.push(data));
  addEventListener("securitypolicyviolation", (event) => {
    seen.violations.push(`${event.effectiveDirective} violated by ${event.blockedURI}`);
  });
}
