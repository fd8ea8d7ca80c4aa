#!/bin/sh
# Guess: a traceparent header that is valid is continued by every library of tracing: of a version that it
# does not know it takes the four fields that it does, of flags the bits that it does, and sends on its own
# version with the other bits zero (https://www.w3.org/TR/trace-context-2/#versioning-of-traceparent). So
# who sends what the document allows keeps its trace together, whoever is on the way.
# Seen: one of five does so, Instana's. OpenTelemetry sends flags that it does not know on and writes them
# wrong: 11 becomes 011, and the next hop, by the same library too, drops the header and begins another
# trace. New Relic's takes version 00 only. The package traceparent sends on "01", a version that it does
# not know, and begins anew where there is a fifth field; tctx does that for flags with a letter in them.
# Flags of 01 and 03 in version 00 are all that pass everywhere. No error is told in any case: the trace
# ends at that hop, and another begins.
# Version: @opentelemetry/core 3.1.1 (2026), newrelic 14.5.1, @instana/core 5.5.0, tctx 0.2.6,
# traceparent 1.0.0; Node.js 20.20.
. "${0%/*}/common.sh"
packed @opentelemetry/core@3.1.1 @opentelemetry/api@1.10.0 newrelic@14.5.1 @instana/core@5.5.0 tctx@0.2.6 \
	traceparent@1.0.0

cat >"$work/hop.mjs" <<'J'
import { createRequire } from 'node:module';
import { ROOT_CONTEXT, defaultTextMapGetter, defaultTextMapSetter } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { parse } from 'tctx/traceparent';
import TraceParent from 'traceparent';

const require = createRequire(import.meta.url);
const NewRelic = require('./node_modules/newrelic/lib/w3c/traceparent.js');
const instana = require('./node_modules/@instana/core/src/tracing/w3c_trace_context/parse.js');

/* Each gives the header that it sends on for one that came, or nothing where it starts a new trace. */
const libraries = {
	opentelemetry(header) {
		const propagator = new W3CTraceContextPropagator();
		const sent = {};

		propagator.inject(propagator.extract(ROOT_CONTEXT, { traceparent: header }, defaultTextMapGetter),
			sent, defaultTextMapSetter);
		return sent.traceparent;
	},
	newrelic(header) {
		return String((NewRelic.Traceparent ?? NewRelic).fromHeader(header));
	},
	instana(header) {
		const context = instana.execute(header, undefined);

		return context.traceParentValid ? context.renderTraceParent() : undefined;
	},
	tctx(header) {
		return parse(header)?.child();
	},
	traceparent(header) {
		return TraceParent.startOrResume(header, { transactionSampleRate: 1 });
	},
};
const trace = '0af7651916cd43dd8448eb211c80319c';

function hop(name, header) {
	try {
		const sent = String(libraries[name](header) ?? '');

		return sent.includes(trace) ? sent : undefined;
	} catch {
		return undefined;
	}
}

const [, , form] = process.argv;
const header = form.replace('IDS', `${trace}-b7ad6b7169203331`);
console.log(Object.keys(libraries).map((name) => {
	const sent = hop(name, header);
	const next = sent && hop(name, sent) ? '' : sent ? ', lost by the next' : '';

	return `${name} ${sent ? sent.replace(/-.*-/, '-IDS-') : 'new'}${next}`;
}).join('; '));
J
cd "$work"
# sent FORM: what each sends on, its own id as the parent's left out.
sent() {
	node hop.mjs "$1"
}
same 00-IDS-03 'opentelemetry 00-IDS-03; newrelic 00-IDS-03; instana 00-IDS-03; tctx 00-IDS-03; '\
'traceparent 00-IDS-03' "$(sent 00-IDS-03)"
same 00-IDS-0b 'opentelemetry 00-IDS-0b; newrelic 00-IDS-0b; instana 00-IDS-03; tctx new; '\
'traceparent 00-IDS-0b' "$(sent 00-IDS-0b)"
same 00-IDS-11 'opentelemetry 00-IDS-011, lost by the next; newrelic 00-IDS-11; instana 00-IDS-01; '\
'tctx 00-IDS-11; traceparent 00-IDS-11' "$(sent 00-IDS-11)"
same 01-IDS-01 'opentelemetry 00-IDS-01; newrelic new; instana 00-IDS-01; tctx 00-IDS-01; '\
'traceparent 01-IDS-01' "$(sent 01-IDS-01)"
same 01-IDS-01-more 'opentelemetry 00-IDS-01; newrelic new; instana 00-IDS-01; tctx 00-IDS-01; '\
'traceparent new' "$(sent 01-IDS-01-more)"
verdict
