/* Owns what was done until the last pause; there is one such work in a process. */
#include "backup/background.h"

#include <sched.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/run_delay.h"

/* Within its session a tenth of what another has: it is not starved there. */
#define NICE 10
/* ioprio_set(2): of this process, class idle. */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_IDLE        (3 << 13)
/* A piece has so much processor time, and a pause so many times that. */
#define PIECE_US 100
#define PAUSES   3

static struct {
	bool begun;
	int64_t worked_us;
	int64_t waited_us;
} background;

static int64_t background_worked_us(void)
{
	struct timespec worked = {0};

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &worked);
	return (int64_t)worked.tv_sec * 1000000 + worked.tv_nsec / 1000;
}

static int64_t background_waited_us(void)
{
	return (int64_t)(run_delay_ns() / 1000);
}

static void background_piece(void)
{
	background.worked_us = background_worked_us();
	background.waited_us = background_waited_us();
}

void background_begin(void)
{
	const struct sched_param none = {0};
	int nice = getpriority(PRIO_PROCESS, 0);

	setpriority(PRIO_PROCESS, 0, nice > NICE ? nice : NICE);
	sched_setscheduler(0, SCHED_BATCH, &none);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_IDLE);
	background.begun = true;
	background_piece();
}

int64_t background_pause_us(int64_t worked_us, int64_t waited_us)
{
	int64_t us = worked_us * PAUSES - waited_us;

	return worked_us < PIECE_US || us < 0 ? 0 : us;
}

void background_pause(void)
{
	int64_t worked;
	int64_t us;
	struct timespec time;

	if (!background.begun)
		return;
	worked = background_worked_us() - background.worked_us;
	if (worked < PIECE_US)
		return;
	us = background_pause_us(worked, background_waited_us() - background.waited_us);
	time = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
	if (us)
		nanosleep(&time, NULL);
	background_piece();
}
