// One node: what it is, how long its requests take, its events and its log.
import { make, time, rate, card } from "./main.js";
import { eventList } from "./tree.js";

const SECONDS = 300;
const PLOT = { width: 900, height: 220, left: 58, bottom: 22 };
const LINES = 1000;

function plot() {
	const points = [];
	const picture = make("svg:svg", { viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, role: "img", width: "100%" });
	const y = (us, low, high) => {
		const part = (Math.log10(Math.max(us, 1)) - low) / (high - low);
		return PLOT.height - PLOT.bottom - part * (PLOT.height - PLOT.bottom - 18);
	};
	return {
		picture,
		add(point) {
			points.push(point);
			while (points[0].at < point.at - SECONDS * 1000) points.shift();
			const known = points.filter((p) => p.count);
			const all = known.flatMap((p) => [p.p50_us, p.p99_us]);
			const low = Math.floor(Math.log10(Math.max(1, Math.min(...all, 100))));
			const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...all, 1000))));
			const x = (at) => PLOT.width - 8 - (point.at - at) / (SECONDS * 1000) * (PLOT.width - PLOT.left - 8);
			const parts = [];
			for (let power = low; power <= high; power++) {
				const at = y(10 ** power, low, high);
				parts.push(make("svg:line", { class: "axis", x1: PLOT.left, x2: PLOT.width - 8, y1: at, y2: at }),
					make("svg:text", { class: "soft", x: PLOT.left - 6, y: at + 4, "text-anchor": "end" }, time(10 ** power)));
			}
			for (const name of ["p50", "p99"]) {
				const line = known.map((p) => `${x(p.at).toFixed(1)},${y(p[`${name}_us`], low, high).toFixed(1)}`);
				if (line.length === 1) line.push(line[0].replace(/^[\d.]+/, (n) => String(Number(n) + 2)));
				parts.push(make("svg:polyline", { class: name, points: line.join(" ") }));
			}
			parts.push(make("svg:text", { class: "p50", x: PLOT.left, y: 11 }, "median"),
				make("svg:text", { class: "p99", x: PLOT.left + 62, y: 11 }, "99th percentile (dashed)"),
				make("svg:text", { class: "soft", x: PLOT.width - 8, y: PLOT.height - 5, "text-anchor": "end" }, "now"),
				make("svg:text", { class: "soft", x: PLOT.left, y: PLOT.height - 5 }, "5 minutes ago"));
			picture.setAttribute("aria-label", point.count ? `Latency now: median ${time(point.p50_us)}, 99th percentile ${time(point.p99_us)}` : "Latency: no requests now");
			picture.replaceChildren(...parts);
		},
	};
}

// How many requests took how long, since dtreed was started.
function histogram(node) {
	const body = make("tbody");
	const most = Math.max(...node.buckets, 1);
	node.buckets.forEach((n, i) => {
		if (!n) return;
		const bound = node.bounds_us[i];
		const bar = make("svg:svg", { width: 160, height: 12, "aria-hidden": "true" },
			make("svg:rect", { class: "bar", width: Math.max(2, n / most * 160), height: 12, rx: 2 }));
		body.append(make("tr", {}, make("td", { class: "n" }, bound ? `≤ ${time(bound)}` : "more"),
			make("td", {}, bar), make("td", { class: "n" }, n.toLocaleString("en"))));
	});
	return body;
}

export function nodePage(text) {
	const id = Number(text);
	const facts = make("dl", { class: "facts" });
	const table = make("table", { "aria-label": "How many requests took how long" });
	const log = make("ol", { class: "log raw", role: "log", "aria-live": "off" });
	const none = make("p", { class: "empty" }, "It has said nothing.");
	const events = eventList();
	const latency = plot();
	let after = null;
	let asking = false;
	let ended = false;

	// A node's log is read while somebody looks at it.
	async function read() {
		if (asking || ended) return;
		asking = true;
		try {
			const answer = await fetch(`log?id=${id}${after === null ? "" : `&after=${after}`}`);
			if (!answer.ok || ended) return;
			const { lines, last, missed } = await answer.json();
			if (missed) log.append(make("li", { class: "soft" }, `${missed} lines are not kept`));
			for (const line of lines)
				log.append(make("li", {}, make("time", {}, new Date(line.time).toLocaleTimeString("en-GB")), ` ${line.text}`));
			while (log.children.length > LINES) log.firstChild.remove();
			after = last;
			none.hidden = log.children.length > 0;
		} catch {
			// It is asked again.
		} finally {
			asking = false;
		}
	}

	function node(told) {
		if (!told.there) {
			facts.replaceChildren(make("div", {}, make("dt", {}, "node"), make("dd", {}, "not there")));
			return;
		}
		const [, parent, state, service, name, each, , pending, restarts] = told.row;
		const list = [["state", state.replace("_", " ")], ["service", service], ["name", name || "–"],
			["parent", parent === -1 ? "dtreed" : parent], ["process", told.pid ?? "–"],
			["requests", told.requests.toLocaleString("en")], ["requests/s", rate(each)],
			["under way", pending], ["restarts", restarts], ["median", time(told.p50_us)], ["99th percentile", time(told.p99_us)]];
		facts.replaceChildren(...list.map(([key, value]) =>
			make("div", {}, make("dt", {}, key), make("dd", {}, String(value)))));
		latency.add({ at: Date.now(), ...told });
		table.replaceChildren(histogram(told));
		read();
	}

	return {
		title: `node ${id} · dtree`, totals: false, stream: `stream?node=${id}`, node,
		happened: events.happened, missed: events.missed, end() { ended = true; },
		show: [card(`Node ${id}`, facts), make("div", { class: "columns" },
			make("div", {}, card("Latency", latency.picture), card("Log", make("div", { class: "scroll", tabindex: "0" }, none, log))),
			make("div", { class: "side" }, card("How long requests took", table),
				card("Events since the page was opened", events.list)))],
	};
}
