/*
 * What the controller keeps on disk: the entries of the registry behind controller/registry's
 * writer, the number of its life, directories that are removed.
 *
 * A commit is done a while after it began. One that is under way when dtreed is killed has
 * happened, or has not. Owns the entries; they outlive every process.
 */
#include "sim/disk.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "base/mem.h"
#include "controller/registry/data_dirs.h"
#include "controller/registry/epoch.h"
#include "controller/registry/remover.h"
#include "controller/registry/writer.h"
#include "sim/os.h"

struct entry {
	char *name; /* the key */
	char *text;
	UT_hash_handle hh;
};

struct writer {
	struct sim_process *process;
	struct ev_loop *loop;
	writer_done_fn *done;
	void *arg;
	ev_async wake;
	const struct change *changes; /* borrowed; NULL: what became of the last is asked */
	size_t count;
	uint64_t commit; /* number of the one under way; 0: none is */
	bool over;       /* it is, and that was not told */
	enum writer_outcome outcome;
	bool kept;           /* of one that ended as unknown: it has happened */
	struct writer *next; /* all of the world */
};

static struct {
	struct entry *entries;
	struct writer *writers;
	uint64_t commits;
	uint64_t epoch;
	int64_t usual;
	unsigned failed;
	unsigned unknown;
} disk;

void disk_begin(void)
{
	memset(&disk, 0, sizeof disk);
	disk_set_load(5 * MS, 0, 0);
}

static void entry_free(struct entry *entry)
{
	HASH_DEL(disk.entries, entry);
	free(entry->name);
	free(entry->text);
	free(entry);
}

void disk_end(void)
{
	struct entry *entry;
	struct entry *next;
	struct writer *w;

	HASH_ITER (hh, disk.entries, entry, next)
		entry_free(entry);
	while ((w = disk.writers)) {
		disk.writers = w->next;
		free(w);
	}
}

void disk_set_load(int64_t usual_us, unsigned failed_per_mille, unsigned unknown_per_mille)
{
	disk.usual = usual_us;
	disk.failed = failed_per_mille;
	disk.unknown = unknown_per_mille;
}

unsigned disk_entries(void)
{
	return HASH_COUNT(disk.entries);
}

static struct entry *find(const char *name)
{
	struct entry *entry;

	HASH_FIND_STR(disk.entries, name, entry);
	return entry;
}

static void apply(const struct change *changes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct entry *entry = find(changes[i].name.text);

		if (!entry != !changes[i].old ||
		    (entry && strcmp(entry->text, changes[i].old) != 0))
			world_fail("the registry takes %s for another text than it is",
			           changes[i].name.text);
		if (entry)
			entry_free(entry);
		if (!changes[i].text)
			continue;
		entry = mem_new(sizeof *entry);
		entry->name = mem_string(changes[i].name.text);
		entry->text = mem_string(changes[i].text);
		HASH_ADD_KEYPTR(hh, disk.entries, entry->name, strlen(entry->name), entry);
	}
}

/* What becomes of the commit that is under way. */
static void decide(struct writer *w)
{
	if (!w->changes) {
		w->outcome = w->kept ? WRITER_WRITTEN : WRITER_FAILED;
		if (world_chance(300))
			w->outcome = WRITER_UNKNOWN;
		return;
	}
	w->outcome = WRITER_WRITTEN;
	w->kept = true;
	if (world_chance(disk.failed)) {
		w->outcome = WRITER_FAILED;
		return;
	}
	if (world_chance(disk.unknown)) {
		w->outcome = WRITER_UNKNOWN;
		w->kept = world_chance(500);
	}
	if (w->kept)
		apply(w->changes, w->count);
}

static void log_commit(const struct writer *w)
{
	static const char *const outcomes[] = {
	    [WRITER_WRITTEN] = "written", [WRITER_FAILED] = "failed", [WRITER_UNKNOWN] = "unknown"};

	world_log("disk", "commit %llu is %s%s", (unsigned long long)w->commit,
	          outcomes[w->outcome],
	          w->changes ? w->kept ? "" : ", and is not there" : ", asked");
	for (size_t i = 0; w->changes && i < w->count; i++)
		world_log("disk", "%s: %s", w->changes[i].name.text,
		          w->changes[i].text ? w->changes[i].text : "none");
}

static void finish(struct writer *w)
{
	decide(w);
	if (world_traces_debug())
		log_commit(w);
	w->commit = 0;
	w->over = true;
}

static int64_t commit_takes(void)
{
	return world_between(disk.usual / 4, 2 * disk.usual);
}

static void on_commit(void *arg, uint64_t number)
{
	struct writer *w = arg;

	if (w->commit != number || w->process->dead)
		return;
	if (w->process->stopped || w->process->dying) {
		world_at(world_now() + MS, on_commit, w, number);
		return;
	}
	finish(w);
	ev_async_send(w->loop, &w->wake);
}

void disk_died(struct sim_process *p)
{
	for (struct writer *w = disk.writers; w; w = w->next)
		if (w->process == p && w->commit && w->changes && world_chance(500))
			apply(w->changes, w->count);
}

static void tell(struct writer *w)
{
	struct error err;

	if (!w->over)
		return;
	w->over = false;
	error_set(&err, ERR_INTERNAL, "the simulated disk failed");
	w->done(w->arg, w->outcome, &err);
}

static void on_wake(struct ev_loop *loop, ev_async *wake, int revents)
{
	(void)loop;
	(void)revents;
	tell(wake->data);
}

struct writer *writer_open(struct ev_loop *loop, const char *dir, store_entry_fn *entry,
                           writer_done_fn *done, void *arg, struct error *err)
{
	struct writer *w = mem_new(sizeof *w);

	(void)dir;
	w->process = os_current();
	w->loop = loop;
	w->done = done;
	w->arg = arg;
	w->next = disk.writers;
	disk.writers = w;
	ev_async_init(&w->wake, on_wake);
	w->wake.data = w;
	ev_async_start(loop, &w->wake);
	for (const struct entry *e = disk.entries; e; e = e->hh.next)
		if (entry(arg, (struct store_text){e->name, strlen(e->name)},
		          (struct store_text){e->text, strlen(e->text)}, err)) {
			ev_async_stop(loop, &w->wake);
			return NULL;
		}
	return w;
}

const char *writer_path(const struct writer *w)
{
	(void)w;
	return "/sim/state/registry.db";
}

static void post(struct writer *w, const struct change *changes, size_t count)
{
	if (w->commit || w->over)
		world_fail("a commit is begun while another is under way");
	w->changes = changes;
	w->count = count;
	w->commit = ++disk.commits;
	world_at(world_now() + commit_takes(), on_commit, w, w->commit);
}

void writer_begin(struct writer *w, const struct change *changes, size_t count)
{
	post(w, changes, count);
}

void writer_find_out(struct writer *w)
{
	post(w, NULL, 0);
}

bool writer_wait(struct writer *w, int64_t limit_ms)
{
	(void)limit_ms;
	if (w->process->dead)
		return false;
	if (w->commit)
		finish(w);
	tell(w);
	return true;
}

bool writer_close(struct writer *w, int64_t limit_ms)
{
	(void)limit_ms;
	w->commit = 0;
	ev_async_stop(w->loop, &w->wake);
	return true;
}

/* ---- controller/registry/epoch.h: a file of the links' directory. ---- */

uint64_t epoch_take(const char *runtime_dir, uint64_t recorded, bool *kept)
{
	(void)runtime_dir;
	disk.epoch = (disk.epoch > recorded ? disk.epoch : recorded) + 1;
	*kept = true;
	return disk.epoch;
}

void epoch_drop(const char *runtime_dir)
{
	(void)runtime_dir;
	if (!os_current()->dead)
		disk.epoch = 0;
}

/* ---- controller/registry/data_dirs.h: nodes keep nothing. ---- */

struct data_dirs {
	int nothing;
};

struct data_dirs *data_dirs_open(const char *state_dir, struct error *err)
{
	(void)state_dir;
	(void)err;
	return mem_new(sizeof(struct data_dirs));
}

void data_dirs_close(struct data_dirs *s)
{
	free(s);
}

uint32_t data_dirs_last(const struct data_dirs *s)
{
	(void)s;
	return 0;
}

char *data_dirs_path(const struct data_dirs *s, uint32_t birth)
{
	(void)s;
	return mem_format("/sim/state/nodes/%u", birth);
}

/* ---- controller/registry/remover.h ---- */

struct order {
	uint64_t number;
	size_t place;
	struct order *prev; /* utlist */
	struct order *next;
};

struct remover {
	struct sim_process *process;
	struct ev_loop *loop;
	remover_done_fn *done;
	void *arg;
	ev_timer timer;
	struct order *orders;
};

static void on_removed(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct remover *r = timer->data;
	struct order *orders = r->orders;
	struct order *order;
	struct order *next;

	(void)loop;
	(void)revents;
	r->orders = NULL;
	DL_FOREACH_SAFE (orders, order, next) {
		r->done(r->arg, order->number, order->place);
		free(order);
	}
}

struct remover *remover_new(struct ev_loop *loop, remover_done_fn *done, void *arg)
{
	struct remover *r = mem_new(sizeof *r);

	r->loop = loop;
	r->done = done;
	r->arg = arg;
	ev_init(&r->timer, on_removed);
	r->timer.data = r;
	return r;
}

void remover_free(struct remover *r, int64_t limit_ms)
{
	struct order *order;
	struct order *next;

	(void)limit_ms;
	if (!r)
		return;
	ev_timer_stop(r->loop, &r->timer);
	DL_FOREACH_SAFE (r->orders, order, next)
		free(order);
	free(r);
}

void remover_remove(struct remover *r, char *path, uint64_t number, size_t place)
{
	struct order *order = mem_new(sizeof *order);

	free(path);
	*order = (struct order){.number = number, .place = place};
	DL_APPEND(r->orders, order);
	ev_now_update(r->loop);
	if (ev_is_active(&r->timer))
		return;
	ev_timer_set(&r->timer, (double)commit_takes() / (double)SECOND, 0.0);
	ev_timer_start(r->loop, &r->timer);
}
