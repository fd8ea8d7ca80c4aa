/* Owns nothing: what it finds becomes the command line of dtree-check. */
#include "ctl/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ctl/become.h"
#include "ctl/check_words.h"
#include "ctl/once.h"
#include "ctl/reach.h"
#include "ctl/session.h"

/* Where dtreed has what it declares for its workers; NULL with *err. New memory. */
static char *check_ask(const struct options *o, struct dtree_error *err)
{
	cleanup_free char *path = o->socket ? mem_string(o->socket) : dtree_socket_path();
	const int64_t timeout_ms = o->timeout_ms ? o->timeout_ms : ONCE_TIMEOUT_MS;
	struct dtree_client *client = reach(path, timeout_ms, -1, err);
	struct dtree_reply *reply;
	const char *dir;
	char *found = NULL;

	if (!client)
		return NULL;
	reply = dtree_client_call(client, dtree_request_new("status"), (int)timeout_ms, err);
	if (reply && dtree_reply_code(reply) != DTREE_OK) {
		err->code = dtree_reply_code(reply);
		snprintf(err->text, sizeof err->text, "%s", dtree_reply_message(reply));
	} else if (reply) {
		dir = dtree_value_string(dtree_reply_result(reply), "declared_in", NULL);
		found = mem_string(dir ? dir : "");
	}
	dtree_reply_free(reply);
	dtree_client_free(client);
	return found;
}

/* 0, or the exit status. */
static int check_add_declared(const struct options *o, struct check_words *w)
{
	cleanup_free char *name = mem_copy(w->name.s, w->name.n);
	cleanup_free char *dir = NULL;
	cleanup_free char *why = NULL;
	cleanup_free char *file = NULL;
	struct dtree_error err;

	if (w->declared)
		return 0;
	dir = check_ask(o, &err);
	if (!dir) {
		why = mem_format("%s; --config or --define say what is declared without it",
		                 err.text);
		complain(o->json, err.code, why);
		return err.code == DTREE_TIMEOUT || err.code == DTREE_BUSY ? STATUS_LATE
		                                                           : STATUS_NO_DAEMON;
	}
	file = mem_format("%s/%s", dir, name);
	/* A name with a slash is no service's. */
	if (strchr(name, '/') || (access(file, F_OK) && errno == ENOENT)) {
		why = mem_format("no service %s is declared", name);
		complain(o->json, DTREE_NOT_FOUND, why);
		return STATUS_REFUSED;
	}
	check_words_add(w, mem_string("--service-file"));
	check_words_add(w, mem_string(file));
	return 0;
}

int check_become(const struct options *o, const struct words *args)
{
	struct check_words w;
	int status;

	check_words_read(args, &w);
	status = check_add_declared(o, &w);
	if (status == 0) {
		check_words_add(&w, mem_copy(w.name.s, w.name.n));
		status = become(o, "dtree-check", w.words, w.count);
	}
	check_words_free(&w);
	return status;
}
