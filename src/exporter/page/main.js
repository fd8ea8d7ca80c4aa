// The frame: which page is shown, its one event stream, and what is told of the tree as a whole.
import { treePage } from "./tree.js";
import { nodePage } from "./node.js";
import { slowPage, tracePage } from "./trace.js";

const SVG = "http://www.w3.org/2000/svg";

// Elements are made by their names; text is always text.
export function make(name, attributes = {}, ...children) {
	const svg = name.startsWith("svg:");
	const element = svg ? document.createElementNS(SVG, name.slice(4)) : document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
	element.append(...children);
	return element;
}

export function time(us) {
	if (!us) return "–";
	if (us < 1000) return `${us} µs`;
	if (us < 1e6) return `${(us / 1000).toPrecision(3)} ms`;
	return `${(us / 1e6).toPrecision(3)} s`;
}

export function rate(milli) {
	const each = milli / 1000;
	return each === 0 ? "0" : each < 10 ? each.toFixed(1) : Math.round(each).toLocaleString("en");
}

export function bytes(n) {
	return n < 1048576 ? `${Math.round(n / 1024)} KiB` : `${(n / 1048576).toFixed(1)} MiB`;
}

export function card(title, ...children) {
	return make("section", { class: "card", "aria-label": title }, make("h2", {}, title), ...children);
}

const link = document.getElementById("link");
const totals = document.getElementById("totals");
const main = document.getElementById("main");
let page = null;
let source = null;
let path = "";

function say(text, bad) {
	if (link.textContent !== text) link.textContent = text;
	link.classList.toggle("bad", bad);
}

function showTotals(t) {
	const states = Object.entries(t.states).filter(([name, n]) => n || name === "available");
	const facts = [
		...states.map(([name, n]) => [name.replace("_", " "), n]),
		["requests/s", rate(t.rate)], ["errors/s", rate(t.errors)], ["median", time(t.p50_us)],
		["99th percentile", time(t.p99_us)], ["under way", t.pending], ["clients", t.clients],
		["dtreed's memory", bytes(t.memory_bytes)], ["its processor", `${(t.cpu / 10).toFixed(1)} %`],
	];
	totals.replaceChildren(...facts.map(([name, value]) =>
		make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))));
}

function close() {
	if (source) source.close();
	source = null;
}

// One stream a page, and none of a page that nobody sees: a browser has few connections.
function open() {
	close();
	if (!page || document.hidden || !page.stream) return;
	source = new EventSource(page.stream);
	const on = (name, fn) => source.addEventListener(name, (event) => fn(JSON.parse(event.data)));
	source.onerror = () => say("no connection to the exporter", true);
	on("away", () => say("dtreed is away", true));
	on("missed", (n) => page.missed?.(n));
	on("happened", (event) => page.happened?.(event));
	on("node", (node) => { say("live", false); page.node?.(node); });
	for (const name of ["tree", "change"])
		on(name, (change) => {
			say("live", false);
			showTotals(change.totals);
			page.change?.(change, name === "tree");
		});
}

function route() {
	const [, kind, id] = location.hash.split("/");
	const pages = { node: nodePage, trace: tracePage, slow: slowPage };
	page?.end?.();
	path = location.hash;
	page = (pages[kind] ?? treePage)(id);
	totals.hidden = !page.totals;
	document.title = page.title;
	main.replaceChildren(...page.show);
	if (!page.stream) say("", false);
	open();
}

addEventListener("hashchange", () => { if (location.hash !== path) { route(); main.focus(); } });
document.addEventListener("visibilitychange", open);
addEventListener("pagehide", close);
// What is kept for the back button is shown anew.
addEventListener("pageshow", (event) => { if (event.persisted) open(); });
route();
