/* Requests on a loop of their own, without a controller. */
#include "controller/request/test/request_fixture.h"

#include <criterion/criterion.h>

struct ev_loop *loop;
struct requests *all;
struct session *session;

struct told told[TOLD_MAX];
size_t told_count;

void note(void *arg, const struct outcome *outcome)
{
	cr_assert_lt(told_count, ARRAY_SIZE(told));
	told[told_count].who = (uintptr_t)arg;
	told[told_count++].code = outcome->error.code;
}

void turn(void)
{
	ev_run(loop, EVRUN_NOWAIT);
}

void assert_told(size_t place, uintptr_t who, enum error_code code)
{
	cr_assert_gt(told_count, place, "%zu are told", told_count);
	cr_assert_eq(told[place].who, who, "%zu is told", (size_t)told[place].who);
	cr_assert_eq(told[place].code, code);
}

void set_up_with(int64_t timeout_ms)
{
	loop = ev_loop_new(EVFLAG_AUTO);
	all = requests_new(loop, NULL, timeout_ms);
	session = requests_session(all, NULL);
}

void set_up(void)
{
	set_up_with(60000);
}

void tear_down(void)
{
	requests_free(all);
	ev_loop_destroy(loop);
}

void finish(struct request *r)
{
	request_finish(all, r, &(struct outcome){.id = r->node});
}

static void start_and_finish(struct controller *c, struct request *r)
{
	(void)c;
	finish(r);
}

void start(struct controller *c, struct request *r)
{
	(void)c;
	r->phase = PHASE_SENT;
}

void expire(struct controller *c, struct request *r)
{
	struct error err;

	(void)c;
	error_unavailable(&err, OUTCOME_UNKNOWN, "too late");
	request_fail(all, r, &err);
}

static void cancel(struct controller *c, struct request *r, const struct error *err)
{
	(void)c;
	request_fail(all, r, err);
}

const struct request_kind at_once = {
    .name = "at once", .start = start_and_finish, .expire = expire};
const struct request_kind read_later = {
    .name = "read", .read_when_told = true, .start = start_and_finish, .expire = expire};
const struct request_kind later = {
    .name = "later", .start = start, .expire = expire, .cancel = cancel};
const struct request_kind barrier = {
    .name = "barrier", .barrier = true, .start = start, .expire = expire};
const struct request_kind brief_barrier = {
    .name = "brief", .barrier = true, .start = start_and_finish, .expire = expire};
const struct request_kind behind_barriers = {
    .name = "behind", .behind_barriers = true, .start = start_and_finish, .expire = expire};

struct request *ask(const struct request_kind *kind, uintptr_t who)
{
	return request_submit(
	    all, session,
	    &(struct request_spec){
	        .kind = kind, .node = NODE, .in_lane = true, .done = note, .arg = (void *)who});
}
