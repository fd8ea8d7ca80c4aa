// The tree as it lives: a node of the picture for each node, what is slowest and busiest, events.
import { make, time, rate, card } from "./main.js";

const ROW = 32;
const WIDTH = 196;
// Below the middle of a node: its branch, and on it how busy it is.
const BRANCH = 14;
const EVENTS = 100;
const FIELDS = ["id", "parent", "state", "service", "name", "rate", "mean", "pending", "restarts"];

// States differ by their shape, too.
const SHAPES = {
	available: "M-6,0a6,6 0 1,0 12,0a6,6 0 1,0 -12,0z",
	unavailable: "M0,-7L7,6L-7,6z",
	dead: "M-5,-5L5,5M5,-5L-5,5",
	given_up: "M-6,-6h12v12h-12z",
	stopped: "M-5,-5h10v10h-10z",
	stopping: "M-5,-5h10v10h-10z",
};
const RING = "M-6,0a6,6 0 1,0 12,0a6,6 0 1,0 -12,0z";

// What happened, and what is said beside.
export function eventText(event) {
	const { type, id, cause, name } = event;
	const what = type.replaceAll("_", " ");
	const about = id === undefined ? "" : ` ${id}${name ? ` (${name})` : ""}`;
	const rest = event.words ? `: ${event.words}` : cause ? `: ${cause}` : event.why ? `: ${event.why}` : "";
	return [`${what}${about}`, rest];
}

// A list of events, the newest first.
export function eventList() {
	const list = make("ol", { class: "log", role: "log", "aria-live": "off" });
	const seen = new Set();
	const add = (text, rest, at, id) => {
		const item = make("li", {}, make("time", {}, at), " ");
		item.append(id === undefined ? text : make("a", { href: `#/node/${id}` }, text), rest);
		list.prepend(item);
		while (list.children.length > EVENTS) list.lastChild.remove();
	};
	return {
		list,
		happened(event) {
			const key = `${event.time} ${event.seq}`;
			if (seen.has(key)) return;
			seen.add(key);
			add(...eventText(event), new Date(event.time).toLocaleTimeString("en-GB"), event.id);
		},
		missed(n) { add(`${n} more events`, "", new Date().toLocaleTimeString("en-GB")); },
	};
}

function label(node) {
	const name = node.name ? `, ${node.name}` : "";
	const lost = node.restarts ? `, ${node.restarts} restarts` : "";
	return `node ${node.id}${name}, ${node.service}, ${node.state.replace("_", " ")}, ` +
		`${rate(node.rate)} requests a second, ${time(node.mean)}${lost}`;
}

export function treePage() {
	const nodes = new Map();
	const picture = make("svg:svg", { role: "tree", "aria-label": "Nodes" });
	const edges = make("svg:path", { class: "edge" });
	const root = make("svg:g", {}, make("svg:text", { x: 4, y: 5 }, "dtreed"));
	const slowest = make("tbody");
	const busiest = make("tbody");
	const events = eventList();
	const none = make("p", { class: "empty" }, "There are no nodes.");
	const lists = [["Slowest now", slowest, "mean", (n) => time(n.mean)],
		["Busiest now", busiest, "rate", (n) => `${rate(n.rate)}/s`]];
	let focused = null;
	let order = [];

	picture.append(edges, root);

	function add(id) {
		const group = make("svg:g", { class: "node", role: "treeitem", tabindex: "-1" },
			make("svg:rect", { class: "ring", x: -11, y: -14, width: WIDTH - 24, height: 32, rx: 4 }),
			make("svg:path", { class: "mark" }), make("svg:text", { x: 13, y: -2 }),
			make("svg:text", { class: "soft state", x: 13, y: 10 }),
			make("svg:rect", { class: "load", x: -8, y: BRANCH - 1, height: 3, width: 0 }));
		const node = { id, group, parts: [...group.children], children: [] };
		group.addEventListener("click", () => { location.hash = `#/node/${id}`; });
		group.addEventListener("focus", () => point(node));
		picture.append(group);
		nodes.set(id, node);
		return node;
	}

	// Only one node is in the order of the tab key: arrows lead to the others.
	function point(node) {
		focused?.group.setAttribute("tabindex", "-1");
		focused = node;
		node?.group.setAttribute("tabindex", "0");
	}

	function draw(node) {
		const [, mark, title, state, load] = node.parts;
		const calm = node.state === "available";
		node.group.setAttribute("class", `node ${node.state}`);
		node.group.setAttribute("aria-label", label(node));
		mark.setAttribute("d", SHAPES[node.state] ?? RING);
		title.textContent = `${node.id}${node.name ? ` ${node.name}` : ""}`.slice(0, 20);
		const work = node.rate ? `${rate(node.rate)}/s ${time(node.mean)}` : "";
		state.textContent = `${node.service.slice(0, 14)} ${calm ? work : node.state.replace("_", " ")}`;
		load.setAttribute("width", Math.min(WIDTH - 34, Math.log10(1 + node.rate / 100) * 30));
	}

	// Each leaf has a row; a parent stands in the middle of its children.
	function place() {
		const lines = [];
		let row = 0;
		let deepest = 0;
		const roots = [];
		order = [];
		for (const node of nodes.values()) node.children = [];
		for (const node of nodes.values()) (nodes.get(node.parent)?.children ?? roots).push(node);
		const todo = [{ list: roots, at: 0, depth: 1 }];
		while (todo.length) {
			const top = todo[todo.length - 1];
			const node = top.list[top.at++];
			if (!node) {
				todo.pop();
				const parent = top.of;
				if (parent) {
					const all = parent.children;
					parent.y = (all[0].y + all[all.length - 1].y) / 2;
				}
				continue;
			}
			order.push(node);
			node.depth = top.depth;
			deepest = Math.max(deepest, top.depth);
			if (node.children.length) todo.push({ list: node.children, at: 0, depth: top.depth + 1, of: node });
			else node.y = ++row * ROW + 4;
		}
		const middle = roots.length ? (roots[0].y + roots[roots.length - 1].y) / 2 : ROW;
		const x = (depth) => 72 + (depth - 1) * WIDTH;
		for (const node of order) {
			const parent = nodes.get(node.parent);
			const from = parent ? [x(parent.depth) + WIDTH - 42, parent.y + BRANCH] : [50, middle];
			const to = [x(node.depth) - 10, node.y];
			const bend = (from[0] + to[0]) / 2;
			lines.push(`M${from}C${bend},${from[1]} ${bend},${to[1]} ${to}`);
			if (node.children.length) lines.push(`M${x(node.depth) - 8},${node.y + BRANCH}h${WIDTH - 34}`);
			node.group.setAttribute("transform", `translate(${x(node.depth)},${node.y})`);
			node.group.setAttribute("aria-level", node.depth);
			picture.append(node.group);
		}
		root.setAttribute("transform", `translate(0,${middle})`);
		edges.setAttribute("d", lines.join(""));
		picture.setAttribute("width", 80 + deepest * WIDTH);
		picture.setAttribute("height", (row + 1) * ROW + 10);
		picture.toggleAttribute("hidden", !order.length);
		none.hidden = order.length > 0;
		if (!nodes.has(focused?.id)) point(order[0] ?? null);
	}

	function change({ nodes: rows, removed }, whole) {
		let moved = removed.length > 0;
		const kept = new Set(rows.map((row) => row[0]));
		const gone = whole ? [...nodes.keys()].filter((id) => !kept.has(id)) : removed;
		for (const id of gone) {
			nodes.get(id)?.group.remove();
			nodes.delete(id);
			moved = true;
		}
		for (const row of rows) {
			let node = nodes.get(row[0]);
			moved ||= !node || node.parent !== row[1];
			node ??= add(row[0]);
			FIELDS.forEach((field, i) => { node[field] = row[i]; });
			draw(node);
		}
		if (moved || whole) place();
		for (const [, body, field, text] of lists) {
			const best = [...nodes.values()].filter((n) => n[field] > 0)
				.sort((a, b) => b[field] - a[field]).slice(0, 8);
			body.replaceChildren(...best.map((n) => make("tr", {},
				make("td", {}, make("a", { href: `#/node/${n.id}` }, `${n.id}${n.name ? ` ${n.name}` : ""}`)),
				make("td", {}, n.service), make("td", { class: "n" }, text(n)))));
		}
	}

	picture.addEventListener("keydown", (event) => {
		const at = order.indexOf(focused);
		const goal = {
			ArrowDown: () => order[at + 1], ArrowUp: () => order[at - 1], Home: () => order[0],
			End: () => order[order.length - 1], ArrowRight: () => focused?.children[0],
			ArrowLeft: () => nodes.get(focused?.parent),
		}[event.key]?.();
		if (event.key === "Enter" && focused) location.hash = `#/node/${focused.id}`;
		else if (!goal) return;
		else goal.group.focus();
		event.preventDefault();
	});

	return {
		title: "dtree", totals: true, stream: "stream", change,
		happened: events.happened, missed: events.missed,
		show: [make("div", { class: "columns" },
			card("Tree", make("div", { class: "scroll" }, none, picture)),
			make("div", { class: "side" },
				...lists.map(([title, body]) => card(title, make("table", {}, body))),
				card("Events", make("div", { class: "scroll", tabindex: "0" }, events.list))))],
	};
}
