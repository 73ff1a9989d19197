// Paper is white: charts, which are pictures, take the colours of the light
// theme for as long as the page is printed.

/** @param {() => void} recolour is called when colours have changed */
export function printing(recolour) {
  const root = document.documentElement;
  let before;
  addEventListener("beforeprint", () => {
    before = root.dataset.theme;
    root.dataset.theme = "light";
    recolour();
  });
  addEventListener("afterprint", () => {
    if (before) root.dataset.theme = before;
    else delete root.dataset.theme;
    recolour();
  });
}
