// Slow requests, and where the time of one went, as a timeline.
import { make, time, card } from "./main.js";

const KINDS = ["control", "queue", "link", "service", "program", "disk", "running", "cpu wait", "wake-up", "process"];
const WIDTH = 1300;
const ROW = 26;
const LEFT = 130;

async function load() {
	const answer = await fetch("slow");
	if (!answer.ok) throw new Error(`${answer.status}`);
	return answer.json();
}

function row(one) {
	const about = `${one.method} of ${one.id === -1 ? "dtreed" : `node ${one.id}`}${one.name ? ` (${one.name})` : ""}`;
	return make("tr", {},
		make("td", {}, make("a", { href: `#/trace/${one.request}` }, about)),
		make("td", {}, new Date(one.time).toLocaleString("en-GB")),
		make("td", { class: "n" }, time(Math.round(one.total_ns / 1000))),
		make("td", {}, one.step), make("td", {}, one.why), make("td", {}, one.error ?? ""));
}

function table(requests) {
	const head = make("tr", {}, ...["request", "answered", "took", "longest step", "why", "error"].map((name) =>
		make("th", { scope: "col", class: name === "took" ? "n" : "" }, name)));
	return make("table", {}, make("thead", {}, head), make("tbody", {}, ...requests.map(row)));
}

function list(title, requests) {
	if (!requests.length) return card(title, make("p", { class: "empty" }, "There are none."));
	return card(title, make("div", { class: "scroll", tabindex: "0" }, table(requests)));
}

function fill(place, build) {
	load().then((slow) => place.replaceChildren(...build(slow)),
		() => place.replaceChildren(make("p", { class: "empty" }, "dtreed does not answer.")));
}

export function slowPage() {
	const place = make("div", {}, make("p", { class: "empty" }, "…"));
	fill(place, (slow) => slow.slow_request_ms
		? [make("p", {}, `${slow.count} requests took ${slow.slow_request_ms} ms or more.`),
			list("The slowest", slow.slowest), list("The newest", slow.newest.toReversed?.() ?? [...slow.newest].reverse())]
		: [make("p", { class: "empty" }, "Slow requests are not kept: slow-request is 0.")]);
	return { title: "slow requests · dtree", show: [place] };
}

function timeline(one) {
	const scale = (ns) => LEFT + ns / one.total_ns * (WIDTH - LEFT - 90);
	const picture = make("svg:svg", { viewBox: `0 0 ${WIDTH} ${one.steps.length * ROW + 30}`, width: "100%", role: "list",
		"aria-label": `Steps of request ${one.request}` });
	one.steps.forEach((step, i) => {
		const took = time(Math.max(1, Math.round((step.end_ns - step.begin_ns) / 1000)));
		const kind = Math.max(0, KINDS.indexOf(step.kind));
		const y = i * ROW + 4;
		const end = scale(step.end_ns);
		picture.append(make("svg:g", { role: "listitem", "aria-label": `${step.name}, ${step.kind}: ${took}` },
			make("svg:line", { class: "axis", x1: LEFT, x2: WIDTH - 90, y1: y + ROW - 4, y2: y + ROW - 4 }),
			make("svg:text", { x: LEFT - 8, y: y + 14, "text-anchor": "end" }, step.name),
			make("svg:rect", { class: `k${kind}`, x: scale(step.begin_ns), y: y + 2, height: ROW - 9,
				width: Math.max(1.5, end - scale(step.begin_ns)), rx: 2 }),
			make("svg:text", { class: "soft", x: end + 6, y: y + 14 }, took)));
	});
	const bottom = one.steps.length * ROW + 18;
	picture.append(make("svg:text", { class: "soft", x: LEFT, y: bottom }, "0"),
		make("svg:text", { class: "soft", x: WIDTH - 90, y: bottom, "text-anchor": "end" }, time(Math.round(one.total_ns / 1000))));
	return picture;
}

export function tracePage(text) {
	const place = make("div", {}, make("p", { class: "empty" }, "…"));
	fill(place, (slow) => {
		const one = [...slow.slowest, ...slow.newest].find((request) => request.request === Number(text));
		if (!one) return [make("p", { class: "empty" }, `Request ${text} is not kept any more.`)];
		return [card(`Request ${one.request}`, table([one])), card("Where its time went", timeline(one))];
	});
	return { title: `request ${text} · dtree`, show: [place] };
}
