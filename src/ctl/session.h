/*
 * A session: sends commands to dtreed and prints their replies. Used for one command and by the
 * shell.
 */
#ifndef CTL_SESSION_H
#define CTL_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ctl/known.h"
#include "ctl/output.h"
#include "ctl/progress.h"
#include "ctl/tracing.h"
#include "ctl/verbs.h"
#include "dtree/client.h"

/* The exit status of dtreectl. */
enum status {
	STATUS_OK = 0,
	STATUS_REFUSED = 1, /* the reply was an error, or a node is not available */
	STATUS_USAGE = 2,
	STATUS_NO_DAEMON = 3,
	STATUS_LATE = 4,
};

struct command;

typedef void service_fn(void *arg, bool is_search);

struct session {
	struct dtree_client *client; /* borrowed */
	struct output *out;          /* borrowed */
	size_t due;                  /* commands whose line has not been printed */
	struct command *commands;    /* the unanswered ones, by age */
	struct command *ordered;     /* those whose lines are printed in order */
	struct command *feeding;     /* the exec that is being fed; NULL: none, or it is over */
	struct dtree_stream *stream; /* its stream */
	enum status status;          /* of the last reply */
	size_t number;               /* of the line that commands come from now; 0: from none */
	int program_status;     /* of the last reply: that of the service's program; 0: not known */
	bool shutdown;          /* a shutdown has succeeded */
	int64_t follow_ms;      /* how long dtreed may wait with an answer of `logs -f` */
	long long heartbit_ms;  /* the interval that `heartbit` set last; 0: none */
	bool keep_lost;         /* print a line for replies that were lost or late */
	struct tracing tracing; /* the owner opens and closes it */
	const struct loop_wake *woke; /* when replies could be read; borrowed */
	struct progress progress;     /* of the exec that told last; the owner opens it */
	char
	    *missing; /* the node, as of struct output_mark, that was not found last; owned; NULL */
	char *why;    /* owned; why, for the last one without such a line; NULL: none */

	/* The services of this session's nodes, for session_ask_search(). */
	bool default_search; /* the tree's default service is search */
	struct known_service *known;
	bool asking;
	int asked_id;
	char *asked_name; /* "@NAME", in place of the id; owned; NULL: none */
	service_fn *asked;
	void *asked_arg;
};

void session_open(struct session *s, struct dtree_client *client, struct output *out);
/* dtreed's silence of so long counts as its loss; 0: no silence does. */
void session_limit(struct session *s, int64_t timeout_ms);
/* Replaces the lost client by another one, and gives the former one back to be freed. Known
 * services become doubtful. */
struct dtree_client *session_renew(struct session *s, struct dtree_client *client);
/* Closes the client's connection; replies that are still due are not printed. */
void session_close(struct session *s);

/* Sends a command of kind REQUEST or EVENTS. */
void session_send(struct session *s, struct order *order);
/* Sends a command of kind EACH, a request for each of its words; prints an error line for an
 * invalid word. The status is that of the last request that failed, if any. */
void session_send_each(struct session *s, const struct verb *verb, const struct words *args);
/* Prints an error that was found before sending, in order if the replies of `verb` are ordered. */
void session_error(struct session *s, const struct verb *verb, int code, const char *text);

/*
 * An exec: begin, any number of feeds, end. Only one at a time takes arguments. If dtreed refuses
 * early, the reply is printed and further arguments are dropped.
 */
void session_exec_begin(struct session *s, int id, enum dtree_form form,
                        const struct exec_options *options);
/* The same with standard input: the arguments, each with a NUL behind it, are whole, and what is
 * fed are its bytes. */
void session_exec_begin_input(struct session *s, int id, const char *args, size_t n,
                              const struct exec_options *options);
size_t session_exec_room(const struct session *s);
void session_exec_feed(struct session *s, const char *bytes, size_t n);
void session_exec_end(struct session *s);
/* Cancels it, with an error line, unless it is over. */
void session_exec_cancel(struct session *s, const char *text);

/* Asks dtreed to cancel all unanswered commands: each is due until it has said what became of it,
 * but for those that alter nodes, which get an error line and are not heard. */
void session_cancel(struct session *s);

/* Calls fn, now or later, with whether the node runs `search`: that of the id, or of the name, if
 * it is not "". One question at a time. */
void session_ask_search(struct session *s, int id, const char *name, service_fn *fn, void *arg);

#endif
