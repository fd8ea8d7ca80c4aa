/* The word itself is the node's (node.worker.word). Owns nothing. */
#include "controller/lifecycle/last_word.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "controller/lifecycle/internal.h"
#include "controller/process/process.h"
#include "controller/process/worker_log.h"

/* Of what a process says of its end. */
#define SHOWN 400

void last_word_forget(struct node *n)
{
	free(n->worker.word);
	n->worker.word = NULL;
}

void last_word_hear(void *arg, pid_t pid, const char *word)
{
	struct controller *c = arg;
	const struct lifecycle *l = c->lifecycle;
	const struct process_tag *tag = l->processes ? processes_find(l->processes, pid) : NULL;
	struct node *n = tag ? node_find(c->nodes, tag->node) : NULL;

	if (!n || n->incarnation != tag->incarnation)
		return;
	last_word_forget(n);
	if (*word)
		n->worker.word = parse_printable(word, strlen(word), SHOWN);
}

char *last_word_cause(const struct node *n, const char *status)
{
	return n->worker.word ? mem_format("%s (%s)", n->worker.word, status) : mem_string(status);
}

char *last_word_behind(struct controller *c, const struct node *n)
{
	worker_log_read(c->lifecycle->worker_log);
	return n->worker.word ? mem_format(": %s", n->worker.word) : mem_string("");
}
