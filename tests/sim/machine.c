/*
 * Small modules of src/ that ask the machine: its clock, places in the file of lives, limits, the
 * log, the reaper of strangers, the workers' log, what libzmq's thread had to wait.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "controller/process/reaper.h"
#include "controller/process/worker_log.h"
#include "link/io_thread.h"
#include "sim/os.h"

/* ---- base/clock.h ---- */

int64_t clock_us(void)
{
	return world_now();
}

int64_t clock_ms(void)
{
	return clock_us() / 1000 + 1;
}

uint64_t clock_ns(void)
{
	return (uint64_t)clock_us() * 1000;
}

int64_t clock_wall_us(void)
{
	return world_now();
}

void clock_after(int64_t ms, struct timespec *then)
{
	(void)ms;
	*then = (struct timespec){0};
}

void clock_text(int64_t wall_us, char text[CLOCK_TEXT_SIZE])
{
	snprintf(text, CLOCK_TEXT_SIZE, "%lld", (long long)wall_us);
}

/* ---- base/lock.h ---- */

int lock_take(int fd, uint32_t place)
{
	pid_t holder;

	if (lock_look(fd, place, &holder) == LOCK_HELD) {
		errno = EAGAIN;
		return -1;
	}
	if (place != DAEMON_PLACE)
		os_current()->incarnation = place;
	return 0;
}

void lock_drop(int fd, uint32_t place)
{
	(void)fd;
	(void)place;
}

enum lock_state lock_look(int fd, uint32_t place, pid_t *holder)
{
	(void)fd;
	*holder = 0;
	for (const struct sim_process *p = os_processes(); p; p = p->next) {
		bool has =
		    place == DAEMON_PLACE ? p->kind == PROCESS_DTREED : p->incarnation == place;

		if (p->dead || p == os_current() || !has)
			continue;
		*holder = p->pid;
		return LOCK_HELD;
	}
	return LOCK_FREE;
}

bool lock_is_held_by(int fd, uint32_t place, pid_t pid)
{
	pid_t holder;

	return lock_look(fd, place, &holder) == LOCK_HELD && holder == pid;
}

/* ---- base/limits.h: there is room. ---- */

void limits_raise(void)
{
}

size_t limits_descriptors(void)
{
	return 100000;
}

size_t limits_threads(void)
{
	return 100000;
}

bool limits_promise(size_t n)
{
	(void)n;
	return true;
}

void limits_release(size_t n)
{
	(void)n;
}

void limits_lower(size_t descriptors)
{
	(void)descriptors;
}

bool limits_room(size_t n)
{
	(void)n;
	return true;
}

/* ---- base/log.h ---- */

void log_open(const char *program, enum log_level level)
{
	(void)program;
	(void)level;
}

void log_set_level(enum log_level level)
{
	(void)level;
}

void log_divert(log_sink_fn *sink, bool priority)
{
	(void)sink;
	(void)priority;
}

int log_level_parse(const char *word, enum log_level *level)
{
	(void)word;
	*level = LOG_LEVEL_INFO;
	return 0;
}

bool log_level_known(int64_t number)
{
	return number == LOG_LEVEL_INFO;
}

enum log_level log_level(void)
{
	return LOG_LEVEL_INFO;
}

char *log_format(enum log_level level, const char *area, const char *text)
{
	(void)level;
	return mem_format("%s: %s\n", area, text);
}

/* Of what kind are errors that no fault explains? */
static bool must_not_be(const char *area)
{
	static const char *const areas[] = {"node", "tree", "post", "process"};

	for (size_t i = 0; i < ARRAY_SIZE(areas); i++)
		if (strcmp(areas[i], area) == 0)
			return true;
	return false;
}

void log_clean(char *text)
{
	(void)text;
}

void log_marked(enum log_level level, const char *mark, const char *area, const char *text)
{
	const struct sim_process *p = os_current();
	bool wrong = level == LOG_LEVEL_ERROR && must_not_be(area);

	(void)mark;
	/* What is freed of a process that was killed says nothing. */
	if ((level == LOG_LEVEL_DEBUG && !world_traces_debug()) || (p && p->dead))
		return;
	if (!world_traces() && !wrong)
		return;
	world_log(p ? p->name : "nobody", "%s: %s", area, text);
	if (wrong)
		world_fail("%s: %s", p ? p->name : "nobody", text);
}

void log_line(enum log_level level, const char *area, const char *fmt, ...)
{
	char text[800];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	log_marked(level, NULL, area, text);
}

/* ---- controller/process: no strangers end here, and workers say nothing. ---- */

struct reaper *reaper_new(struct ev_loop *loop, reaper_awaited_fn *awaited, void *arg)
{
	(void)loop;
	(void)awaited;
	(void)arg;
	return NULL;
}

void reaper_end(struct reaper *r, int64_t limit_ms)
{
	(void)r;
	(void)limit_ms;
}

void reaper_free(struct reaper *r)
{
	(void)r;
}

struct worker_log {
	int nothing;
};

struct worker_log *worker_log_open(struct ev_loop *loop, const char *dir, worker_log_name_fn *name,
                                   worker_log_word_fn *word, void *arg, struct error *err)
{
	static struct worker_log log;

	(void)loop;
	(void)dir;
	(void)name;
	(void)word;
	(void)arg;
	(void)err;
	return &log;
}

void worker_log_free(struct worker_log *w)
{
	(void)w;
}

const char *worker_log_path(const struct worker_log *w)
{
	(void)w;
	return "/sim/run/log";
}

int worker_log_speaker(const struct worker_log *w)
{
	(void)w;
	return os_gate_fd_new(os_current(), 0);
}

void worker_log_read(struct worker_log *w)
{
	(void)w;
}

bool worker_log_stands(const struct worker_log *w)
{
	(void)w;
	return true;
}

int worker_log_renew(struct worker_log *w, struct error *err)
{
	(void)w;
	(void)err;
	return 0;
}

int io_thread_open(struct io_thread *t)
{
	(void)t;
	return -1;
}

int64_t io_thread_waited(struct io_thread *t, int64_t elapsed)
{
	(void)t;
	(void)elapsed;
	return 0;
}
