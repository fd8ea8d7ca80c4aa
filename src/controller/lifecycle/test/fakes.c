/* Processes and the registry. Each function of what is replaced is defined, so
 * that the linker takes none of the real ones. */
#include "controller/lifecycle/test/fakes.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "controller/overlay/link_events.h"
#include "support/fake_time.h"

#define THEN_MAX  64
#define ROWS_MAX  64
#define PID_FIRST 1000

struct fakes fakes;

/* Processes. */

static struct {
	process_exit_fn *exited;
	void *arg;
	struct process *list; /* the newest first */
} processes;

struct processes *processes_new(struct ev_loop *loop, struct worker_log *log,
                                process_exit_fn *exited, void *arg)
{
	(void)loop;
	(void)log;
	processes.exited = exited;
	processes.arg = arg;
	return (struct processes *)&processes;
}

void processes_leave(struct processes *all)
{
	(void)all;
	while (processes.list)
		process_leave(processes.list);
}

bool processes_free(struct processes *all, int64_t limit_ms)
{
	(void)limit_ms;
	processes_leave(all);
	return true;
}

static struct process *process_new(const struct process_tag *tag)
{
	struct process *p = mem_new(sizeof *p);

	p->tag = *tag;
	p->id.pid = PID_FIRST + (pid_t)++fakes.started;
	p->next = processes.list;
	processes.list = p;
	return p;
}

struct process *process_start(struct processes *all, struct fork_server *fork_server,
                              char *const argv[], const char *socket_path,
                              const struct process_tag *tag, struct error *err)
{
	(void)all;
	(void)fork_server;
	(void)argv;
	(void)socket_path;
	if (fakes.start_fails)
		error_set(err, ERR_LIMIT, "%s", fakes.start_fails);
	return fakes.start_fails ? NULL : process_new(tag);
}

void process_let_go(struct process *p)
{
	cr_assert(!p->let_go);
	p->let_go = true;
}

enum process_found process_find(struct processes *all, const struct process_record *record,
                                const char *socket_path, const struct process_tag *tag,
                                struct process **found, struct error *err)
{
	(void)all;
	(void)record;
	(void)socket_path;
	(void)err;
	*found = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(fakes.living); i++)
		if (fakes.living[i] == tag->node)
			*found = process_new(tag);
	return *found ? PROCESS_LIVES : PROCESS_GONE;
}

static void process_unlist(struct process *p)
{
	struct process **at = &processes.list;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
}

void process_leave(struct process *p)
{
	process_unlist(p);
	free(p);
}

const struct process_tag *processes_find(const struct processes *all, pid_t pid)
{
	(void)all;
	for (const struct process *p = processes.list; p; p = p->next)
		if (p->id.pid == pid)
			return &p->tag;
	return NULL;
}

int process_node(const struct process *p)
{
	return p->tag.node;
}

pid_t process_pid(const struct process *p)
{
	return p->id.pid;
}

const struct identity *process_identity(const struct process *p)
{
	return &p->id;
}

const struct worker_file *process_file(const struct process *p)
{
	return &p->file;
}

int64_t process_age_ms(const struct process *p)
{
	(void)p;
	return 1;
}

bool process_lives(const struct process *p)
{
	(void)p;
	return true;
}

void process_depart(struct process *p, uint64_t departure, size_t place)
{
	p->tag.departure = departure;
	p->tag.place = place;
}

void process_signal(struct process *p, int signal)
{
	p->signalled = true;
	p->signal = signal;
}

/* The registry: written when the test says so. */

static struct {
	struct registry_row rows[ROWS_MAX];
	size_t count;
	struct then {
		registry_done_fn *fn;
		void *arg;
		uint64_t number;
	} then[THEN_MAX];
	size_t waiting;
} disk;

struct registry *registry_open(struct ev_loop *loop, const char *dir, registry_row_fn *fn,
                               void *arg, struct registry_head *head, struct error *err)
{
	(void)loop;
	(void)dir;
	*head = fakes.head;
	for (size_t i = 0; i < fakes.stored; i++) {
		if (fn(arg, &fakes.rows[i], err))
			return NULL;
		registry_put((struct registry *)&disk, &fakes.rows[i]);
	}
	return (struct registry *)&disk;
}

void registry_close(struct registry *r, int64_t limit_ms)
{
	(void)r;
	(void)limit_ms;
}

int registry_write(struct registry *r, int64_t limit_ms, struct error *err)
{
	(void)r;
	(void)limit_ms;
	(void)err;
	return 0;
}

void registry_drop(struct registry *r, uint32_t data_id)
{
	(void)r;
	for (size_t i = 0; i < disk.count; i++)
		if (disk.rows[i].data_id == data_id)
			disk.rows[i] = disk.rows[--disk.count];
}

void registry_put(struct registry *r, const struct registry_row *row)
{
	registry_drop(r, row->data_id);
	cr_assert_lt(disk.count, (size_t)ROWS_MAX);
	disk.rows[disk.count] = *row;
	disk.rows[disk.count++].cause = NULL; /* borrowed */
}

void registry_head(struct registry *r, const struct registry_head *head)
{
	(void)r;
	(void)head;
}

void registry_then(struct registry *r, registry_done_fn *fn, void *arg, uint64_t number)
{
	(void)r;
	cr_assert_lt(disk.waiting, (size_t)THEN_MAX);
	disk.then[disk.waiting++] = (struct then){.fn = fn, .arg = arg, .number = number};
}

void fakes_turn(void)
{
	for (int i = 0; i < 20; i++)
		ev_run(fakes.controller->loop, EVRUN_NOWAIT);
}

void fakes_pass(int64_t ms)
{
	fake_time_pass(ms, fakes_turn);
}

static void tell_waiting(const struct error *err)
{
	struct then all[THEN_MAX];
	size_t count = disk.waiting;

	memcpy(all, disk.then, sizeof all);
	disk.waiting = 0;
	for (size_t i = 0; i < count; i++)
		all[i].fn(all[i].arg, all[i].number, err);
	fakes_turn();
}

void fakes_written(void)
{
	fakes_turn();
	tell_waiting(NULL);
}

void fakes_not_written(const char *why)
{
	struct error err;

	error_set(&err, ERR_INTERNAL, "%s", why);
	fakes_turn();
	tell_waiting(&err);
}

const struct registry_row *fakes_row(int id)
{
	for (size_t i = 0; i < disk.count; i++)
		if (disk.rows[i].id == id)
			return &disk.rows[i];
	return NULL;
}

/* The controller. */

void fakes_set_up_with(const char *topology, const char *restart)
{
	struct error err;
	const struct controller_config config = {.topology = topology,
	                                         .service = "dict",
	                                         .runtime_dir = "/nowhere",
	                                         .state_dir = "/nowhere",
	                                         .lives_path = "/nowhere/lives",
	                                         .lives = memfd_create("lives", MFD_CLOEXEC),
	                                         .link = "ipc",
	                                         .link_security = "curve",
	                                         .durability = "full",
	                                         .worker_path = "/nowhere/dtree-worker",
	                                         .request_timeout_ms = TIMEOUT_MS,
	                                         .restart = restart,
	                                         .restart_delay_max_ms = 30000,
	                                         .restart_quiet_ms = QUIET_MS,
	                                         .restart_limit = 3,
	                                         .max_nodes = 100,
	                                         .orphan_timeout_ms = 60000,
	                                         .stop_grace_ms = GRACE_MS};

	fakes.head.heartbeat_ms = -1;
	fakes.controller = controller_new(ev_loop_new(EVFLAG_AUTO), &config, &err);
	cr_assert(fakes.controller, "%s", err.text);
	fakes.session = session_open(fakes.controller);
	fakes_written();
}

void fakes_set_up(void)
{
	fakes_set_up_with("tree", "always");
}

void fakes_tear_down(void)
{
	struct ev_loop *loop = fakes.controller->loop;
	int lives = fakes.controller->config.lives;

	session_close(fakes.session);
	controller_free(fakes.controller);
	cr_assert_eq(fake_time_timers(), 0);
	ev_loop_destroy(loop);
	close(lives);
	memset(&disk, 0, sizeof disk);
	fakes = (struct fakes){0};
}

struct node *fakes_node(int id)
{
	return node_find(fakes.controller->nodes, id);
}

struct process *fakes_process(int id)
{
	struct process *p = processes.list;

	while (p && p->tag.node != id)
		p = p->next;
	return p;
}

void fakes_end(int id, const char *cause)
{
	struct process *p = fakes_process(id);

	cr_assert(p, "node %d has no process", id);
	process_unlist(p);
	processes.exited(processes.arg, &p->tag, cause);
	free(p);
	fakes_turn();
}

void fakes_join(int id)
{
	struct node *n = fakes_node(id);

	cr_assert(fakes_process(id)->let_go);
	link_events_made(fakes.controller, n, n->link.generation);
	fakes_turn();
}

void fakes_answer(void *arg, const struct outcome *outcome)
{
	struct answer *answer = arg;

	answer->calls++;
	answer->outcome = *outcome;
	cr_assert_leq(outcome->id_count, ARRAY_SIZE(answer->ids));
	if (outcome->id_count)
		memcpy(answer->ids, outcome->ids, outcome->id_count * sizeof *outcome->ids);
}

void fakes_create(int parent, int id)
{
	struct answer answer = {0};

	controller_create(fakes.session,
	                  &(struct create_request){.id = id, .has_parent = true, .parent = parent},
	                  fakes_answer, &answer);
	fakes_written();
	fakes_join(id);
	fakes_written();
	cr_assert_eq(answer.calls, 1);
	cr_assert_eq(answer.outcome.error.code, ERR_NONE, "%s", answer.outcome.error.text);
}
