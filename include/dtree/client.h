/*
 * libdtree: a client of dtreed's control socket. See dtree-protocol(7) for the methods.
 *
 * A client is one connection. Any number of requests may be under way on it; each has a callback,
 * called exactly once, from within dtree_client_process(), dtree_client_call() or
 * dtree_client_fail(), unless dtree_client_cancel() gives the request up. Nothing here starts a
 * thread or touches a signal; one client belongs to one thread at a time.
 *
 * With a loop of your own: wait for dtree_client_events() on dtree_client_fd(), then call
 * dtree_client_process(). Without one: dtree_client_call().
 *
 * A function that can fail returns 0 or -1, or NULL, and fills *err, which may be NULL. Out of
 * memory ends the process. Strings are UTF-8; sizes are in bytes.
 */
#ifndef DTREE_CLIENT_H
#define DTREE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A request line longer than this is refused here: dtreed would close the connection. */
#define DTREE_REQUEST_MAX ((size_t)1024 * 1024)
/* A reply line longer than this loses the connection: 64 MiB of result in base64, and its frame. */
#define DTREE_REPLY_MAX ((size_t)64 * 1024 * 1024 / 3 * 4 + 64 * 1024)
/* Bytes of arguments beside an input, the NULs included. */
#define DTREE_INPUT_ARGS_MAX ((size_t)128 * 1024)
/* The longest path of a Unix socket, without the NUL (unix(7)). */
#define DTREE_PATH_MAX ((size_t)107)

/* How a request failed: the protocol's codes as they come from dtreed, and six of this side. */
enum dtree_code {
	DTREE_OK = 0,
	DTREE_NO_DAEMON = -1, /* no process listens at the socket, or there is none */
	DTREE_LOST = -2,      /* the connection ended before the reply: see dtree_reply_outcome() */
	DTREE_TIMEOUT = -3,   /* no reply in time: the same */
	DTREE_INVALID = -4,   /* this cannot be sent: not UTF-8, a NUL byte, too long, no JSON */
	DTREE_UNREACHABLE =
	    -5,          /* the socket cannot be reached: whether a dtreed is there is not known */
	DTREE_BUSY = -6, /* dtreed is there and takes no connection now: try again */

	DTREE_ALREADY_EXISTS = -32001,
	DTREE_NOT_FOUND = -32002,
	DTREE_PARENT_NOT_FOUND = -32003,
	DTREE_PARENT_UNAVAILABLE = -32004,
	DTREE_NODE_UNAVAILABLE = -32005,
	DTREE_SERVICE_ERROR = -32006,
	DTREE_LIMIT = -32007,
	DTREE_DENIED = -32008,
	DTREE_CANCELLED = -32009,
	DTREE_ALREADY_RUNNING = -32010,
	DTREE_NAME_TAKEN = -32011,
	DTREE_BAD_CONFIGURATION = -32012,
	DTREE_TIMED_OUT = -32013 /* `wait`: the node was not what was waited for in time */
};

struct dtree_error {
	int code;       /* an enum dtree_code, or JSON-RPC's -32700 to -32600 */
	char text[512]; /* one line; a longer one is cut and ends in "..." */
};

struct dtree_client;
struct dtree_request;
struct dtree_reply;
struct dtree_value;
struct dtree_stream;

/* ---- the connection ---- */

/*
 * The socket that is used where the user names none: $DTREE_SOCKET; as root
 * /run/dtree/control.sock; else $XDG_RUNTIME_DIR/dtree/control.sock, with /run/user/UID for an
 * unset $XDG_RUNTIME_DIR, and where there is none but a /run/dtree/control.sock, that one. New
 * memory: free().
 */
char *dtree_socket_path(void);

/* Connects, without blocking. NULL with DTREE_NO_DAEMON, DTREE_UNREACHABLE or DTREE_BUSY and a text
 * that names the path. */
struct dtree_client *dtree_client_connect(const char *path, struct dtree_error *err);
/* Closes the connection. Callbacks that are still due are never called; streams are gone. Not from
 * within a callback. */
void dtree_client_free(struct dtree_client *client);

/* The descriptor to wait on, and for what: POLLIN, or POLLIN | POLLOUT. The same for the client's
 * whole life; -1 once the connection is lost. */
int dtree_client_fd(const struct dtree_client *client);
short dtree_client_events(const struct dtree_client *client);
/*
 * Writes what waits and reads what has come, without blocking, and calls back for it.
 * One call reads a bounded amount, so that other descriptors get their turn. -1 with DTREE_LOST
 * when the connection is lost: by then every request under way has been answered with that error,
 * and with what is known of its fate. A client that is lost stays so: connect a new one.
 */
int dtree_client_process(struct dtree_client *client, struct dtree_error *err);

/* Requests without a reply so far; bytes queued to be written; streams open at dtreed. The client
 * has no bounds of its own for these: the caller must check them. */
size_t dtree_client_due(const struct dtree_client *client);
size_t dtree_client_unsent(const struct dtree_client *client);
size_t dtree_client_streams(const struct dtree_client *client);
/* For how many milliseconds replies have been due without a byte from dtreed; 0 if none is due. */
int64_t dtree_client_silence(const struct dtree_client *client);
/* Gives up: answers every request under way with this error, as where the connection is lost, and
 * closes the connection. */
void dtree_client_fail(struct dtree_client *client, int code, const char *text);

/* ---- requests ---- */

/* A request for a method. Owned by the caller until it is sent. */
struct dtree_request *dtree_request_new(const char *method);
void dtree_request_free(struct dtree_request *request);
/*
 * Add one parameter. What cannot be sent (a NUL byte, invalid UTF-8) is remembered and makes the
 * send fail. dtree_request_item() adds one string to the array `name`; calls for one array come
 * one after the other, and the array exists from dtree_request_array() on.
 */
void dtree_request_int(struct dtree_request *request, const char *name, long long value);
void dtree_request_string(struct dtree_request *request, const char *name, const char *s, size_t n);
void dtree_request_bool(struct dtree_request *request, const char *name, bool value);
void dtree_request_array(struct dtree_request *request, const char *name);
void dtree_request_item(struct dtree_request *request, const char *s, size_t n);
/* The parameters as one JSON object, array or null, in place of all others; checked when sent. */
void dtree_request_json(struct dtree_request *request, const char *json, size_t n);

/* Called once with the reply, which is borrowed for the call. May send more; must not free the
 * client. */
typedef void dtree_reply_fn(void *arg, const struct dtree_reply *reply);

/* Sends, and frees the request in any case. -1 (DTREE_INVALID, DTREE_LOST): done is not called. */
int dtree_client_send(struct dtree_client *client, struct dtree_request *request,
                      dtree_reply_fn *done, void *arg, struct dtree_error *err);
/*
 * Gives up the requests, and the exec in pieces, whose `arg` this is: their callbacks are not
 * called, and dtreed is asked to cancel them (`cancel`), in their nodes, too.
 */
void dtree_client_cancel(struct dtree_client *client, const void *arg);
/*
 * Asks dtreed to cancel the same, and goes on waiting: a request that was cancelled is answered
 * with DTREE_CANCELLED and its outcome, one that cannot be any more as without this. 0: there is
 * none that was sent whole; the exec in pieces is given up, if there is one.
 */
size_t dtree_client_ask_cancel(struct dtree_client *client, const void *arg);
/*
 * Sends, frees the request, and waits at most timeout_ms (-1: for ever). Callbacks of other
 * requests run meanwhile. Gives the reply, which may say that the request failed, also by
 * DTREE_LOST or DTREE_TIMEOUT; free it with dtree_reply_free(). NULL (DTREE_INVALID, DTREE_LOST):
 * it was not sent. A reply that comes too late is dropped. Not from within a callback.
 */
struct dtree_reply *dtree_client_call(struct dtree_client *client, struct dtree_request *request,
                                      int timeout_ms, struct dtree_error *err);

/*
 * Requests that are sent from now on, and execs in pieces that are opened, belong to a trace: a
 * traceparent as of W3C Trace Context, or NULL for none. See dtree-protocol(7). -1 with
 * DTREE_INVALID, and nothing has changed.
 */
int dtree_client_traceparent(struct dtree_client *client, const char *traceparent,
                             struct dtree_error *err);

/* With true each request that is sent from now on, and each exec in pieces that is opened, is
 * traced: dtree_reply_trace() of its reply says where it was. */
void dtree_client_trace(struct dtree_client *client, bool traced);

/* Notifications of `subscribe`: each calls fn with a reply whose result is the event's params. */
void dtree_client_on_event(struct dtree_client *client, dtree_reply_fn *fn, void *arg);

/* ---- replies ---- */

/* A failure that was found on this side, as a reply: for callers that print both alike. */
struct dtree_reply *dtree_reply_error(int code, const char *text, bool may_have_run);
void dtree_reply_free(struct dtree_reply *reply);

/* DTREE_OK, or how it failed. */
int dtree_reply_code(const struct dtree_reply *reply);
/* Of a failure: the message; the code's name ("NOT_FOUND", "LOST"; "" where dtreed gave none).
 * Borrowed. */
const char *dtree_reply_message(const struct dtree_reply *reply);
const char *dtree_reply_name(const struct dtree_reply *reply);
/*
 * Of a failure with DTREE_NODE_UNAVAILABLE, DTREE_LOST or DTREE_TIMEOUT: may the request have been
 * carried out? "unknown": it may; "not_run": it was not and will not be, so that it may simply be
 * sent again. Where the connection ended, that is said of a request that was not written whole, of
 * arguments in pieces that were not closed (the program of an input runs before its close), and
 * where dtreed refused the connection or, as the only one, the request's line. Other failures: "",
 * or what dtree-protocol(7) says. Borrowed.
 */
const char *dtree_reply_outcome(const struct dtree_reply *reply);
/* Of a failure: the object with what is known beside the message, as of dtree-protocol(7); NULL:
 * none. Borrowed from the reply, as all that is read from it. */
const struct dtree_value *dtree_reply_data(const struct dtree_reply *reply);
/* The result, or the error object as of dtree-protocol(7), as JSON on one line; errors of this side
 * have the same form. Borrowed, NUL behind it. */
const char *dtree_reply_json(const struct dtree_reply *reply, size_t *size);
/* The result; NULL for a failure. Borrowed from the reply, as all that is read from it. */
const struct dtree_value *dtree_reply_result(const struct dtree_reply *reply);

/* The member `trace` as of dtree-protocol(7), of a result or of a failure; NULL: there is none.
 * Borrowed from the reply, as all that is read from it. */
const struct dtree_value *dtree_reply_trace(const struct dtree_reply *reply);

/* ---- values ---- */

/*
 * Read one member of an object; a NULL name reads the value itself. -1 or NULL where it is missing
 * or of another kind (an integer must be one, within 2^53). A NULL value has no members.
 */
int dtree_value_int(const struct dtree_value *value, const char *name, long long *number);
int dtree_value_bool(const struct dtree_value *value, const char *name, bool *flag);
/* NUL behind it; no NUL within. size may be NULL. */
const char *dtree_value_string(const struct dtree_value *value, const char *name, size_t *size);
/*
 * The bytes of the member `name`, or of that with "_base64" behind its name, where what is no text
 * travels: of an exec, "result". A NUL is behind them. New memory: free(). NULL: there is neither.
 */
char *dtree_value_bytes(const struct dtree_value *value, const char *name, size_t *size);
/* Walks through an array's elements or an object's members: first, next, until NULL. */
const struct dtree_value *dtree_value_first(const struct dtree_value *value, const char *name);
const struct dtree_value *dtree_value_next(const struct dtree_value *element);
/* A member's own name; NULL for an array's element. */
const char *dtree_value_name(const struct dtree_value *member);
/* As JSON on one line; new memory: free(). */
char *dtree_value_json(const struct dtree_value *value);

/* ---- exec, however large ---- */

enum dtree_form {
	DTREE_BLANKS, /* arguments separated by blanks, cut anywhere */
	DTREE_WHOLE   /* each argument is followed by one NUL byte, and may hold anything else */
};

/*
 * An exec whose arguments come in pieces. What is small goes out as one `exec`; the rest streams,
 * with a bounded amount of memory here and under way. `done` is called once, as a send's; the
 * stream is gone from then on, which may be before its close where dtreed refuses early. NULL with
 * DTREE_LOST where the connection is.
 */
struct dtree_stream *dtree_exec_open(struct dtree_client *client, int id, enum dtree_form form,
                                     dtree_reply_fn *done, void *arg, struct dtree_error *err);
/*
 * An exec whose program gets standard input, which is what is fed: any bytes, as many as there are,
 * again with a bounded amount of memory. Its arguments, n bytes of them, each followed by one NUL
 * byte, are sent when it is first asked for its room, fed or closed; the program runs from then on,
 * and the close is the end of its input. Once it has ended, or has closed its input, the room is 0
 * and the rest is not wanted: done follows. The result may be bytes: see dtree_value_bytes(). NULL
 * also with DTREE_INVALID: too many arguments, or not UTF-8.
 */
struct dtree_stream *dtree_exec_input(struct dtree_client *client, int id, const char *args,
                                      size_t n, dtree_reply_fn *done, void *arg,
                                      struct dtree_error *err);
/*
 * Before it is asked for its room, fed or closed: it goes to the node of that name, given without
 * its '@', or to the node of that group that has the least to do, in place of the id. -1 with
 * DTREE_INVALID, and nothing has changed: it is not UTF-8, or holds a NUL byte.
 */
int dtree_exec_name(struct dtree_stream *stream, const char *name, size_t n,
                    struct dtree_error *err);
int dtree_exec_any(struct dtree_stream *stream, const char *group, size_t n,
                   struct dtree_error *err);
/* At the same time. dtreed's time for it, in place of the configured one: 1 to 86400000 ms. */
void dtree_exec_timeout(struct dtree_stream *stream, int64_t ms);
/* At the same time: it is answered when it is ready, in no order with others. */
void dtree_exec_unordered(struct dtree_stream *stream);
/* How far an exec has come, as the service's program says it. */
struct dtree_progress {
	double done;      /* not negative, and finite, as is the total */
	double total;     /* 0: not known */
	const char *text; /* of the program's choice: escape it before it is shown; "": none */
};
/* *progress is borrowed for the call. May send more, and may abandon or cancel the exec; must not
 * free the client. */
typedef void dtree_progress_fn(void *arg, const struct dtree_progress *progress);
/*
 * At the same time. Asks for progress: fn is called as done is, by the same functions and so in the
 * thread that calls them, any number of times or never, from the close of the stream until its
 * done; not after done, an abandon, a cancel, or where done will not be called. The arg is that of
 * fn alone.
 */
void dtree_exec_progress(struct dtree_stream *stream, dtree_progress_fn *fn, void *arg);
/* How many bytes may be fed now. When 0: process until it is not, or done has been called. */
size_t dtree_exec_room(struct dtree_stream *stream);
/* Feeds n bytes, at most the room. -1 with DTREE_INVALID (not UTF-8, a NUL byte among blanks):
 * the stream is abandoned and done is not called. */
int dtree_exec_feed(struct dtree_stream *stream, const char *bytes, size_t n,
                    struct dtree_error *err);
/* The arguments are complete. -1 as for feed: a character was cut short. */
int dtree_exec_close(struct dtree_stream *stream, struct dtree_error *err);
/* Abandons the stream: done is not called. What dtreed has of it already is ended with arguments
 * that make the service refuse it. */
void dtree_exec_abandon(struct dtree_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
