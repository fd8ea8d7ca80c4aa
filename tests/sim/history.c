/* Owns the asks, the runs and the members. */
#include "sim/history.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/mem.h"
#include "sim/world.h"

struct run_key {
	uint64_t session;
	uint64_t seq;
	int node;
	uint32_t incarnation; /* of `last`; 0: any */
};

struct run {
	struct run_key key;
	unsigned count;
	UT_hash_handle hh;
};

static struct {
	struct ask *asks;
	size_t count;
	size_t room;
	size_t open;
	struct run *runs;
	struct run
	    *last; /* what a node ran last of a session: the count is its seq; the key has 0 */
	enum member_state *members;
	int ids;
} history;

void history_begin(int ids)
{
	memset(&history, 0, sizeof history);
	history.members = mem_new_array((size_t)ids, sizeof *history.members);
	history.ids = ids;
}

static void runs_free(struct run **runs)
{
	struct run *run;
	struct run *next;

	HASH_ITER (hh, *runs, run, next) {
		HASH_DEL(*runs, run);
		free(run);
	}
}

void history_end(void)
{
	runs_free(&history.runs);
	runs_free(&history.last);
	free(history.asks);
	free(history.members);
}

struct ask *history_ask(enum ask_kind kind, int node, uint64_t session)
{
	struct ask *ask;

	if (history.count == history.room) {
		history.room = history.room ? 2 * history.room : 256;
		history.asks = mem_resize(history.asks, history.room * sizeof *history.asks);
	}
	ask = &history.asks[history.count++];
	*ask = (struct ask){.number = history.count,
	                    .kind = kind,
	                    .node = node,
	                    .session = session,
	                    .asked = world_now()};
	history.open++;
	return ask;
}

struct ask *history_find(uint64_t number)
{
	return &history.asks[number - 1];
}

size_t history_open(void)
{
	return history.open;
}

uint64_t history_count(void)
{
	return history.count;
}

void history_lose_open(uint64_t session)
{
	for (size_t i = 0; i < history.count; i++) {
		struct ask *ask = &history.asks[i];

		if (ask->answered || ask->lost || ask->session != session)
			continue;
		ask->lost = true;
		history.open--;
		/* It runs on, unheard, though another was answered meanwhile. */
		if (ask->kind == ASK_CREATE && history.members[ask->node] != MEMBER_PRESENT)
			history.members[ask->node] = MEMBER_UNSURE;
	}
}

/* In a token: at many nodes; at one of a group; with an input. */
enum { FORM_ONE, FORM_ALL, FORM_ANY, FORM_INPUT };

/* Where the runs at all nodes are counted, of one of a group. */
#define ANY_NODE INT_MIN

void history_token(const struct ask *ask, char *text, size_t size)
{
	snprintf(text, size, "%" PRIu64 ".%" PRIu64 ".%zu.%d", ask->session, ask->seq, ask->size,
	         ask->kind == ASK_EXEC_ALL ? FORM_ALL
	         : ask->kind == ASK_ANY    ? FORM_ANY
	         : ask->kind == ASK_INPUT  ? FORM_INPUT
	                                   : FORM_ONE);
}

static struct run *run_of(struct run **runs, const struct run_key *key)
{
	struct run *run;

	HASH_FIND(hh, *runs, key, sizeof *key, run);
	if (run)
		return run;
	run = mem_new(sizeof *run);
	run->key = *key;
	HASH_ADD(hh, *runs, key, sizeof run->key, run);
	return run;
}

size_t history_ran(int node, uint32_t incarnation, const char *token)
{
	struct run_key key = {.node = node};
	struct run *last;
	size_t size;
	int form;

	if (sscanf(token, "%" SCNu64 ".%" SCNu64 ".%zu.%d", &key.session, &key.seq, &size, &form) !=
	    4) {
		world_fail("node %d runs what nobody asked: %s", node, token);
		return 0;
	}
	world_log(NULL, "node %d, life %u, runs %s", node, incarnation, token);
	if (run_of(&history.runs, &key)->count++)
		world_fail("node %d runs %s twice", node, token);
	if (form == FORM_ANY) {
		key.node = ANY_NODE;
		if (run_of(&history.runs, &key)->count++)
			world_fail("%s, for one of a group, runs at node %d too", token, node);
	}
	/* A node that comes when an exec_all waits may be asked by it behind what came later. */
	if (form != FORM_ONE && form != FORM_INPUT)
		return size;
	/* The world's nodes begin what has an input at once, beside what the service has. */
	last = run_of(&history.last, &(struct run_key){.session = key.session,
	                                               .node = form == FORM_INPUT ? ~node : node,
	                                               .incarnation = incarnation});
	if (last->count > key.seq)
		world_fail("node %d runs %s after number %u of that session", node, token,
		           last->count);
	last->count = (unsigned)key.seq;
	return size;
}

unsigned history_runs(const struct ask *ask, int node)
{
	const struct run_key key = {.session = ask->session, .seq = ask->seq, .node = node};

	return run_of(&history.runs, &key)->count;
}

/* ---- Answers. ---- */

/* The node's number, then blanks up to the size that was wanted. */
static void check_result(const struct ask *ask, int node, const char *result, size_t size)
{
	char wanted[16];
	unsigned runs = history_runs(ask, node);
	size_t length = (size_t)snprintf(wanted, sizeof wanted, "%d", node);

	if (!runs || (runs > 1 && ask->kind != ASK_EXEC_ALL))
		world_fail("request %" PRIu64 " is answered, and node %d ran it %u times",
		           ask->number, node, runs);
	if (size != (ask->size > length ? ask->size : length) ||
	    memcmp(result, wanted, length) != 0)
		world_fail("request %" PRIu64 ": the result of node %d is %zu bytes, %.*s",
		           ask->number, node, size, (int)length, result ? result : "");
}

static void check_all(const struct ask *ask, const struct exec_all_result *all)
{
	size_t failed = 0;

	for (size_t i = 0; i < all->word_count; i++) {
		const struct node_word *word = &all->words[i];

		failed += word->error != NULL;
		if (ask->probe && failed > ask->downs)
			world_fail("probe %" PRIu64 ": node %d: %s", ask->number, word->id,
			           word->error ? word->error->text : "");
		if (!word->error)
			check_result(ask, word->id, word->result, word->size);
	}
	if (all->listed && all->word_count != all->count + failed)
		world_fail("request %" PRIu64 ": %zu words, %zu did it, %zu did not", ask->number,
		           all->word_count, all->count, failed);
}

static void check_created(const struct ask *ask)
{
	enum member_state *state = &history.members[ask->node];
	bool under_way = *state == MEMBER_ASKED || *state == MEMBER_MADE;

	if (under_way && ask->code == ERR_NONE)
		*state = MEMBER_PRESENT;
	else if (under_way && (ask->code == ERR_ALREADY_EXISTS || ask->before == MEMBER_UNSURE ||
	                       ask->outcome == OUTCOME_UNKNOWN))
		*state = MEMBER_UNSURE;
	else if (under_way)
		*state = ask->before == MEMBER_REMOVED ? MEMBER_REMOVED : MEMBER_ABSENT;
}

static void check_killed(const struct outcome *outcome)
{
	/* One of that id may have been created since. */
	for (size_t i = 0; i < outcome->id_count; i++)
		if (history.members[outcome->ids[i]] == MEMBER_REMOVED)
			history.members[outcome->ids[i]] = MEMBER_ABSENT;
}

void history_answered(uint64_t number, const struct outcome *outcome)
{
	struct ask *ask = history_find(number);

	world_log(NULL, "request %" PRIu64 " is answered: %d %s", number, (int)outcome->error.code,
	          outcome->error.code ? outcome->error.text : "");
	if (ask->answered || ask->lost) {
		world_fail("request %" PRIu64 " is answered again", number);
		return;
	}
	ask->answered = true;
	ask->code = outcome->error.code;
	ask->outcome = outcome->error.outcome;
	history.open--;
	if (ask->probe && ask->code != ERR_NONE)
		world_fail("probe %" PRIu64 " of node %d fails: %s", number, ask->node,
		           outcome->error.text);
	if (ask->kind == ASK_CREATE)
		check_created(ask);
	if (ask->kind == ASK_KILL && ask->code == ERR_NONE)
		check_killed(outcome);
	if (ask->kind == ASK_ANY && ask->outcome == OUTCOME_NOT_RUN && history_runs(ask, ANY_NODE))
		world_fail("request %" PRIu64 " has run, and is answered: %s", number,
		           outcome->error.text);
	if (ask->code != ERR_NONE)
		return;
	if (ask->kind == ASK_ANY)
		check_result(ask, outcome->id, outcome->result, outcome->result_size);
	if (ask->kind == ASK_EXEC || ask->kind == ASK_STREAM || ask->kind == ASK_INPUT)
		check_result(ask, ask->node, outcome->result, outcome->result_size);
	if (ask->kind == ASK_EXEC_ALL)
		check_all(ask, outcome->exec_all);
	if (ask->probe && ask->kind == ASK_PING && !outcome->available)
		world_fail("probe %" PRIu64 ": node %d is not available", number, ask->node);
	if (ask->probe && ask->kind == ASK_PINGALL && outcome->id_count != ask->downs)
		world_fail("probe %" PRIu64 ": pingall misses %zu, first %d", number,
		           outcome->id_count, outcome->ids[0]);
}

/* ---- Members. ---- */

enum member_state member_state(int id)
{
	return history.members[id];
}

void member_set(int id, enum member_state state)
{
	history.members[id] = state;
}

void member_made(int id)
{
	if (history.members[id] != MEMBER_UNSURE)
		history.members[id] = MEMBER_MADE;
}

void member_removed(int id)
{
	history.members[id] = MEMBER_REMOVED;
}

void member_check(const bool *there)
{
	for (int id = 0; id < history.ids; id++) {
		enum member_state *state = &history.members[id];

		if (*state == MEMBER_PRESENT && !there[id])
			world_fail("node %d was acknowledged, and is not there", id);
		if ((*state == MEMBER_ABSENT || *state == MEMBER_REMOVED) && there[id])
			world_fail("node %d was killed, or never there, and is", id);
		*state = there[id] ? MEMBER_PRESENT : MEMBER_ABSENT;
	}
}

void member_lose(const bool *there)
{
	for (int id = 0; id < history.ids; id++) {
		enum member_state *state = &history.members[id];

		if (*state == MEMBER_PRESENT && !there[id])
			world_fail("node %d is gone, and nobody killed it", id);
		if (*state != MEMBER_PRESENT && *state != MEMBER_ABSENT)
			*state = MEMBER_UNSURE;
	}
}
