// HTML as the server writes it, which is a small part of what HTML may be: elements that
// are closed, attributes in double quotes, and the characters that have to be escaped. A
// browser's own parser makes a document of every tick, to be thrown away, which took as
// long as all other script of a tick. Pure, but for what the browser has read.

/**
 * An element, or what has none around it.
 * @typedef {object} Markup
 * @property {string} name of the element, "" for none
 * @property {string} id "" without one
 * @property {string[]} attributes names and values in turn
 * @property {(Markup | string)[]} children elements and texts
 * @property {string} [html] all of it, where it is a row
 */

/** Types of nodes. */
export const TEXT = 3;
const COMMENT = 8;

/** Those that are not closed. */
const VOID = new Set(["br", "input"]);

const CHARACTERS = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&#34;": '"', "&#39;": "'" };

function plain(text) {
  if (!text.includes("&")) return text;
  return text.replace(/&[^;]*;?/g, (escaped) => {
    if (!(escaped in CHARACTERS)) throw new SyntaxError(`${escaped} is not known`);
    return CHARACTERS[escaped];
  });
}

const NAME = /^[a-z][\w:-]*$/i;

function named(name) {
  if (!NAME.test(name)) throw new SyntaxError(`"${name}" is no name`);
  return name;
}

/** An element by what stands between the brackets of its tag. */
function opened(tag) {
  let at = tag.indexOf(" ");
  const element = { name: named(at < 0 ? tag : tag.slice(0, at)), id: "", attributes: [], children: [] };
  while (at >= 0) {
    const start = at + 1;
    const equals = tag.indexOf("=", start);
    at = tag.indexOf(" ", start);
    if (equals < 0 || (at >= 0 && at < equals)) {
      element.attributes.push(named(tag.slice(start, at < 0 ? tag.length : at)), "");
      continue;
    }
    const end = tag.indexOf('"', equals + 2);
    at = end + 1 < tag.length ? end + 1 : -1;
    if (end < 0 || tag[equals + 1] !== '"' || (at >= 0 && tag[at] !== " ")) throw new SyntaxError(`<${tag}> has a value without quotes around it`);
    const name = named(tag.slice(start, equals));
    const value = plain(tag.slice(equals + 2, end));
    element.attributes.push(name, value);
    if (name === "id") element.id = value;
  }
  return element;
}

const ROW = "<tr data-row=";
const END = "</tr>";

/**
 * A row, of which most are as they were at the tick before: what is in it is read when it
 * is asked for.
 */
function row(html) {
  const end = html.indexOf(">");
  const element = opened(html.slice(1, end));
  let children = null;
  return Object.defineProperty(Object.assign(element, { html }), "children", {
    enumerable: true,
    get: () => (children ??= read(html.slice(end + 1, -END.length)).children),
  });
}

/** The place behind the next piece of a text from a place on. */
function behind(html, piece, from) {
  const at = html.indexOf(piece, from);
  if (at < 0) throw new SyntaxError(`${piece} is missing`);
  return at + piece.length;
}

/**
 * Reads what the server has written. What is in rows is read when it is asked for, and
 * throws then.
 * @param {string} html
 * @returns {Markup} without an element around it
 * @throws {SyntaxError} where that is more than is known here
 */
export function read(html) {
  const root = { name: "", id: "", attributes: [], children: [] };
  const open = [root];
  const add = (child) => open.at(-1).children.push(child);
  for (let at = 0, end; at < html.length; at = end) {
    if (html[at] !== "<") {
      end = html.indexOf("<", at);
      if (end < 0) end = html.length;
      add(plain(html.slice(at, end)));
    } else if (html.startsWith(ROW, at)) {
      end = behind(html, END, at);
      add(row(html.slice(at, end)));
    } else if (html[at + 1] === "/") {
      end = behind(html, ">", at);
      const name = html.slice(at + 2, end - 1);
      if (open.length === 1 || open.pop().name !== name) throw new SyntaxError(`</${name}> closes what is not open`);
    } else {
      end = behind(html, ">", at);
      const element = opened(html.slice(at + 1, end - 1));
      add(element);
      if (!VOID.has(element.name)) open.push(element);
    }
  }
  if (open.length !== 1) throw new SyntaxError(`<${open.at(-1).name}> stays open`);
  return root;
}

/**
 * The same of what the browser has read, without its comments.
 * @param {Element | DocumentFragment} node
 * @returns {Markup}
 */
export function markupOf(node) {
  const attributes = Array.from(node.attributes ?? [], ({ name, value }) => [name, value]).flat();
  const known = [...node.childNodes].filter(({ nodeType }) => nodeType !== COMMENT);
  const children = known.map((child) => (child.nodeType === TEXT ? child.nodeValue : markupOf(child)));
  return { name: node.localName ?? "", id: node.id ?? "", attributes, children };
}

/**
 * The value of an attribute, undefined without it.
 * @param {Markup} markup
 * @param {string} name
 */
export function attribute({ attributes }, name) {
  for (let i = 0; i < attributes.length; i += 2) if (attributes[i] === name) return attributes[i + 1];
}

/**
 * The first element within another that is as it should be, undefined without one.
 * @param {Markup} markup
 * @param {(element: Markup) => boolean} is
 * @returns {Markup | undefined}
 */
export function find({ children }, is) {
  for (const child of children) {
    if (typeof child === "string") continue;
    const found = is(child) ? child : find(child, is);
    if (found) return found;
  }
}

/** @param {Markup | string} markup */
export function textOf(markup) {
  return typeof markup === "string" ? markup : markup.children.map(textOf).join("");
}
