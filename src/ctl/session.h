/*
 * A session: commands sent to dtreed, and their replies printed. Used for one command and by the
 * shell.
 */
#ifndef CTL_SESSION_H
#define CTL_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/known.h"
#include "ctl/output.h"
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
	struct command *commands;    /* those of them that were not answered, by age */
	struct command *ordered;     /* those that are printed in their order */
	struct command *feeding; /* the exec that takes arguments now; NULL: none, or it is over */
	struct dtree_stream *stream; /* its stream */
	enum status status;          /* of the last reply */
	bool shutdown;               /* a shutdown was carried out */
	long long heartbit_ms;       /* the interval that `heartbit` set last; 0: it was not said */
	bool keep_lost;              /* replies that were lost or late say so on the output */
	char *why;                   /* owned: of the last one that did not, why; NULL: none */

	/* What services this session's nodes have, for session_ask_search(). */
	bool default_search; /* the tree's default service is search */
	struct known_service *known;
	bool asking;
	int asked_id;
	service_fn *asked;
	void *asked_arg;
};

void session_open(struct session *s, struct dtree_client *client, struct output *out);
/* Goes on with another client, as the former is lost; it is given back, to be freed. What is known
 * of services may be no longer true. */
struct dtree_client *session_renew(struct session *s, struct dtree_client *client);
/* Closes the client's connection; what is still due is not printed. */
void session_close(struct session *s);

/* Sends a command of kind REQUEST or EVENTS. */
void session_send(struct session *s, struct order *order);
/* Sends a command of kind EACH, a request for each of its words; an error line for one that cannot
 * be read. The status is that of the last one that failed, if one did. */
void session_send_each(struct session *s, const struct verb *verb, const struct words *args);
/* Prints an error of this side, in its place if the replies of `verb` are ordered. */
void session_error(struct session *s, const struct verb *verb, int code, const char *text);

/*
 * An exec: begin, any number of feeds, end. Only one at a time takes arguments. Where dtreed
 * refuses early the reply is printed and what is still fed is dropped.
 */
void session_exec_begin(struct session *s, int id, enum dtree_form form);
size_t session_exec_room(const struct session *s);
void session_exec_feed(struct session *s, const char *bytes, size_t n);
void session_exec_end(struct session *s);
/* Gives it up, with an error line, unless it is over. */
void session_exec_cancel(struct session *s, const char *text);

/* Gives up whatever has not been answered, with an error line each; dtreed is asked to cancel it,
 * and what it answers later is dropped. */
void session_cancel(struct session *s);

/* Tells, now or later, whether the node runs `search`. One question at a time. */
void session_ask_search(struct session *s, int id, service_fn *fn, void *arg);

#endif
