// What a page is judged by, noted from before its own scripts run.
{
  const probe = { shifts: {}, cumulative: 0, long: 0, ticks: 0 };
  window.probe = probe;

  const watch = (type, each) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });

  // Names, alike for rows of a kind: a node that is kept would count as one that
  // the page leaks.
  const path = (node) => {
    const names = [];
    for (let at = node?.closest ? node : node?.parentElement; at && names.length < 4; at = at.parentElement) {
      names.unshift(at.id ? `#${at.id}` : [at.localName, ...at.classList].join("."));
      if (at.id) break;
    }
    return names.join(" > ").replace(/\d+(-\d+)*/g, "N") || "gone";
  };
  const area = ({ previousRect: from, currentRect: to }) => from.width * from.height + to.width * to.height;
  const box = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" ");

  // The cumulative layout shift of Web Vitals: of the worst five seconds, in which
  // no second passes without any.
  const session = { from: -Infinity, last: -Infinity, value: 0 };
  const add = (value, at) => {
    if (at - session.last > 1000 || at - session.from > 5000) Object.assign(session, { from: at, value: 0 });
    session.last = at;
    session.value += value;
    probe.cumulative = Math.max(probe.cumulative, session.value);
  };

  watch("layout-shift", ({ value, hadRecentInput, sources, startTime }) => {
    if (hadRecentInput) return;
    add(value, startTime);
    const whole = sources.reduce((sum, source) => sum + area(source), 0);
    for (const source of sources) {
      const shift = (probe.shifts[path(source.node)] ??= { value: 0, times: 0 });
      shift.value += (value * area(source)) / whole;
      shift.times++;
      shift.last = `${box(source.previousRect)} to ${box(source.currentRect)}`;
    }
  });
  watch("longtask", () => probe.long++);
  addEventListener("sample", () => probe.ticks++, true);

  /** Milliseconds from the arrival of each of n samples until the page is done with the frame that draws it. */
  probe.paints = (n) =>
    new Promise((done) => {
      const times = [];
      const arrived = () => {
        const start = performance.now();
        requestAnimationFrame(() => {
          // A message comes after what the frame has to do: style, layout, paint.
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            if (times.push(performance.now() - start) < n) return;
            removeEventListener("sample", arrived, true);
            done(times);
          };
          port2.postMessage(null);
        });
      };
      addEventListener("sample", arrived, true);
    });
}
