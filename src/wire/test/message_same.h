/* Two messages are the same in all that their type carries. Their routes are not compared. */
#ifndef TESTS_MESSAGE_SAME_H
#define TESTS_MESSAGE_SAME_H

#include <criterion/criterion.h>

#include "wire/message.h"

#define SAME(member) cr_assert_eq(a->member, b->member, "%s: " #member, what)

static inline void message_assert_same(const char *what, const struct message *a,
                                       const struct message *b)
{
	SAME(type);
	SAME(flags);
	SAME(hop);
	SAME(route_len);
	SAME(node);
	SAME(incarnation);
	SAME(request);
	SAME(payload_size);
	cr_assert_eq(!a->traceparent, !b->traceparent, "%s: a traceparent", what);
	if (a->traceparent)
		cr_assert_arr_eq(a->traceparent, b->traceparent, TRACEPARENT_SIZE, "%s", what);
	if (a->payload_size)
		cr_assert_arr_eq(a->payload, b->payload, a->payload_size, "%s", what);
	switch (a->type) {
	case MSG_HELLO:
		SAME(hello.link_generation);
		break;
	case MSG_WELCOME:
		SAME(welcome.interval_ms);
		break;
	case MSG_HEARTBEAT:
		SAME(heartbeat.digest);
		SAME(heartbeat.late_ms);
		break;
	case MSG_INTERVAL:
		SAME(interval.interval_ms);
		break;
	case MSG_EXEC:
		SAME(exec.session);
		SAME(exec.deadline);
		SAME(exec.serial);
		SAME(exec.settled);
		break;
	case MSG_DATA:
		SAME(data.session);
		SAME(data.deadline);
		SAME(data.offset);
		SAME(data.serial);
		SAME(data.settled);
		break;
	case MSG_CREDIT:
		SAME(credit.here);
		SAME(credit.limit);
		break;
	case MSG_REHOME:
		SAME(rehome.link_generation);
		SAME(rehome.controller_epoch);
		break;
	case MSG_LEAVE:
		SAME(leave.link_generation);
		break;
	case MSG_RESUME:
		SAME(resume.link_generation);
		break;
	case MSG_FORGET:
		SAME(forget.id);
		SAME(forget.incarnation);
		SAME(forget.link_generation);
		break;
	case MSG_ADOPT:
		SAME(adopt.controller_epoch);
		SAME(adopt.pid);
		break;
	case MSG_SEEN:
		SAME(seen.version);
		SAME(seen.controller_epoch);
		break;
	case MSG_SWEEP:
		SAME(sweep.session);
		SAME(sweep.deadline);
		SAME(sweep.kind);
		SAME(sweep.newest);
		SAME(sweep.step_ms);
		SAME(sweep.most);
		break;
	case MSG_TAKEN:
		SAME(taken.bytes);
		break;
	case MSG_OFFER:
		SAME(offer.size);
		break;
	case MSG_RESULT:
		SAME(result.offset);
		SAME(result.at.received);
		SAME(result.at.begun);
		SAME(result.at.ended);
		SAME(result.at.answered);
		break;
	case MSG_PONG:
		SAME(pong.at.received);
		SAME(pong.at.begun);
		SAME(pong.at.ended);
		SAME(pong.at.answered);
		break;
	case MSG_TRACE:
		SAME(trace.in);
		SAME(trace.left);
		SAME(trace.back);
		SAME(trace.out);
		SAME(trace.pid);
		break;
	case MSG_LEFT:
		SAME(left.link_generation);
		break;
	case MSG_ARRIVED:
		SAME(arrived.link_generation);
		break;
	case MSG_REPORT:
		SAME(report.version);
		SAME(report.since);
		SAME(report.controller_epoch);
		break;
	case MSG_PROGRAM_SEEN:
		SAME(program_seen.version);
		SAME(program_seen.controller_epoch);
		SAME(program_seen.renew);
		break;
	case MSG_RELOAD:
		SAME(reload.revision);
		SAME(reload.controller_epoch);
		SAME(reload.log_level);
		break;
	case MSG_RELOADED:
		SAME(reloaded.revision);
		SAME(reloaded.controller_epoch);
		break;
	case MSG_PROGRAM:
		SAME(program.version);
		break;
	case MSG_EVENT:
		SAME(event.number);
		break;
	case MSG_PING:
	case MSG_CANCEL:
	case MSG_SETTLED:
	case MSG_SWEPT:
	case MSG_PROGRESS:
	case MSG_TYPES:
		break;
	}
}

#undef SAME

#endif
