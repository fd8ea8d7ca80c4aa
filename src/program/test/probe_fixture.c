/* Owns the report, and the directory in which the program looks for what it is to say. */
#include "probe_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "program/announce.h"

static char path[] = "/tmp/dtree-probe-XXXXXX";
struct program_report last;
char states[1024];
size_t running;

static void on_changed(void *arg, const struct program_report *report)
{
	size_t n = strlen(states);

	(void)arg;
	if (report->probe.state != last.probe.state)
		snprintf(states + n, sizeof states - n, "%s ",
		         probe_state_name(report->probe.state));
	if (report->running > running)
		running = report->running;
	last = *report;
}

void probe_set_up(void)
{
	static const struct program_watch watch = {.changed = on_changed};

	engine_set_up();
	engine_watch = &watch;
	cr_assert_not_null(mkdtemp(path));
	cr_assert_eq(chdir(path), 0);
}

void probe_tear_down(void)
{
	engine_tear_down();
	unlink("says");
	unlink("number");
	cr_assert_eq(chdir("/"), 0);
	rmdir(path);
}

/* What the program says to its probe from now on. */
void to_say(const char *text)
{
	FILE *file = fopen("says.new", "w");

	cr_assert_not_null(file);
	fprintf(file, "%s\n", text);
	fclose(file);
	cr_assert_eq(rename("says.new", "says"), 0);
}

void await(bool (*is)(void))
{
	const int64_t limit = clock_ms() + 30000;

	while (!is()) {
		cr_assert_lt(clock_ms(), limit, "it is %s: %s", states, last.probe.message);
		engine_run(10);
	}
}

bool has_passed(void)
{
	return last.probe.state == PROBE_PASSED;
}

bool has_failed(void)
{
	return last.probe.state == PROBE_FAILED;
}

int64_t passed_at;

static bool has_passed_again(void)
{
	return last.probe.state == PROBE_PASSED && last.probe.passed > passed_at;
}

void await_another(void)
{
	await(has_passed);
	passed_at = last.probe.passed;
	await(has_passed_again);
}

uint32_t failures;

bool has_failed_often(void)
{
	return last.probe.failures >= failures;
}

pid_t former;

bool is_another(void)
{
	return last.pid && last.pid != former && last.state == PROGRAM_READY;
}
