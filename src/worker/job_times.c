/* Times as steps. Owns nothing. */
#include "worker/job_times.h"

/* Until it began. */
static void job_times_before(const struct job_times *times, const struct msg_stamps *at,
                             struct steps *steps)
{
	uint64_t begun = times->begun ? times->begun : at->answered;
	uint64_t from = at->received;

	if (times->on_loop)
		return;
	if (times->woken) {
		steps_add(steps, STEP_WAKE_UP, from, times->collected, 0, 0);
		steps_add(steps, STEP_CPU_WAIT, times->collected - times->woken_wait,
		          times->collected, 0, 0);
		from = times->collected;
	}
	/* Behind nobody the time is its own. */
	if (times->requests || !times->woken)
		steps_add(steps, STEP_QUEUE, from, begun, times->requests, times->sessions);
}

static void job_times_program(const struct job_times *times, struct steps *steps)
{
	uint32_t pid = (uint32_t)times->pid;
	uint64_t first = times->first ? times->first : times->ended;

	steps_add(steps, STEP_PROGRAM, times->begun, first, pid, 0);
	steps_add(steps, STEP_ANSWER, first, times->ended, pid, 0);
}

void job_times_steps(const struct job_times *times, const struct msg_stamps *at,
                     struct steps *steps)
{
	uint64_t done = times->committed ? times->committed : times->ended;

	job_times_before(times, at, steps);
	if (times->pid) {
		job_times_program(times, steps);
		return;
	}
	steps_add(steps, STEP_SERVICE, times->begun, times->ended, times->faults, 0);
	steps_add(steps, STEP_CPU_WAIT, times->begun, times->begun + times->wait, 0, 0);
	/* Others were run before the commit that is theirs too. */
	steps_add(steps, STEP_QUEUE, times->ended, times->committing, 0, 0);
	steps_add(steps, STEP_COMMIT, times->committing, times->committed, 0, 0);
	if (!times->on_loop)
		steps_add(steps, STEP_WAKE_UP, done, at->answered, 0, 0);
}
