/* Owns the questions: a list of all clients'. Invariant: a question's call is under way. */
#include "control/cmd_reload.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/parse.h"
#include "control/call.h"
#include "control/reload.h"
#include "wire/json_write.h"

struct reload_question {
	uint64_t number;
	struct client *client; /* borrowed, as the call */
	struct call *call;
	bool dry_run;
	struct reload_question *prev; /* utlist */
	struct reload_question *next;
};

static void cmd_reload_drop(struct control *control, struct reload_question *q)
{
	DL_DELETE(control->reloads, q);
	free(q);
}

void reload_forget_all(struct client *c)
{
	struct reload_question *q;
	struct reload_question *next;

	DL_FOREACH_SAFE (c->control->reloads, q, next) {
		if (q->client == c)
			cmd_reload_drop(c->control, q);
	}
}

enum { RELOAD_DRY_RUN, RELOAD_PRUNE };

static enum handled cmd_reload_run(struct call *call, const struct value *v, struct error *err)
{
	struct control *control = call->client->control;
	const struct reload_request request = {.dry_run = v[RELOAD_DRY_RUN].flag,
	                                       .prune = v[RELOAD_PRUNE].flag};
	struct reload_question *q;

	if (!control->config.reload) {
		error_set(err, ERR_DENIED, "this tree has no configuration");
		return HANDLED_FAILED;
	}
	q = mem_new(sizeof *q);
	q->number = ++control->last_reload;
	q->client = call->client;
	q->call = call;
	q->dry_run = request.dry_run;
	DL_APPEND(control->reloads, q);
	control->config.reload(control->config.arg, q->number, &request);
	return HANDLED_PENDING;
}

static void cmd_reload_refuse(struct call *call, const struct reload_report *report)
{
	struct outcome outcome = {.id = NODE_CONTROLLER};
	struct buffer detail = {0};

	error_set(&outcome.error, report->mistake_count ? ERR_CONFIGURATION : ERR_INTERNAL, "%s",
	          report->refused);
	json_open_object(&detail, NULL);
	json_open_array(&detail, "mistakes");
	for (size_t i = 0; i < report->mistake_count; i++)
		json_add_text(&detail, NULL, report->mistakes[i]);
	json_close_array(&detail);
	json_close_object(&detail);
	outcome.detail = buffer_bytes(&detail);
	outcome.detail_size = buffer_size(&detail);
	call_on_outcome(call, &outcome);
	buffer_free(&detail);
}

void control_reloaded(struct control *control, uint64_t question,
                      const struct reload_report *report)
{
	struct reload_question *q;
	struct call *call;

	DL_SEARCH_SCALAR(control->reloads, q, number, question);
	if (!q)
		return;
	call = q->call;
	call->reload = report;
	call->dry_run = q->dry_run;
	cmd_reload_drop(control, q);
	if (report->refused)
		cmd_reload_refuse(call, report);
	else
		call_done(call);
}

static void cmd_reload_add_text(struct buffer *b, const char *key, const char *text)
{
	if (text)
		json_add_text(b, key, text);
	else
		json_add_null(b, key);
}

static void cmd_reload_add_changes(struct buffer *b, const char *key,
                                   const struct reload_change *changes, size_t count)
{
	json_open_array(b, key);
	for (size_t i = 0; i < count; i++) {
		json_open_object(b, NULL);
		json_add_text(b, "name", changes[i].name);
		cmd_reload_add_text(b, "from", changes[i].from);
		cmd_reload_add_text(b, "to", changes[i].to);
		if (changes[i].note)
			json_add_text(b, "note", changes[i].note);
		json_close_object(b);
	}
	json_close_array(b);
}

static void cmd_reload_add_service(struct buffer *b, const struct reload_service *service)
{
	json_open_object(b, NULL);
	json_add_text(b, "name", service->name);
	json_add_text(b, "what", service->what);
	if (service->note)
		json_add_text(b, "note", service->note);
	json_close_object(b);
}

static void cmd_reload_add_step(struct buffer *b, const struct reload_step *step)
{
	json_open_object(b, NULL);
	json_add_int(b, "id", step->id);
	json_add_text(b, "what", step->what);
	if (step->origin)
		json_add_text(b, "origin", step->origin);
	if (step->adopted)
		json_add_bool(b, "adopted", true);
	if (step->returned)
		json_add_bool(b, "started", true);
	cmd_reload_add_changes(b, "changes", step->changes, step->count);
	if (step->error)
		json_add_text(b, "error", step->error);
	json_close_object(b);
}

static int cmd_reload_write(struct result *r)
{
	const struct reload_report *report = r->call->reload;
	int64_t failed = 0;

	json_add_bool(r->b, "dry_run", r->call->dry_run);
	cmd_reload_add_changes(r->b, "settings", report->settings, report->setting_count);
	json_open_array(r->b, "services");
	for (size_t i = 0; i < report->service_count; i++)
		cmd_reload_add_service(r->b, &report->services[i]);
	json_close_array(r->b);
	json_open_array(r->b, "nodes");
	for (size_t i = 0; i < report->step_count; i++) {
		cmd_reload_add_step(r->b, &report->steps[i]);
		failed += report->steps[i].error != NULL;
	}
	json_close_array(r->b);
	json_add_int(r->b, "failed", failed);
	json_open_array(r->b, "left");
	for (size_t i = 0; i < report->left_count; i++)
		json_add_text(r->b, NULL, report->left[i]);
	json_close_array(r->b);
	return 0;
}

const struct method method_reload = {
    .name = "reload",
    .summary = "read the configuration again, and bring the tree to what it declares",
    .role = ROLE_OWN,
    .changes = true,
    .params = {{.name = "dry_run",
                .type = PARAM_BOOL,
                .summary = "true: nothing is done, the result says what would be"},
               {.name = "prune",
                .type = PARAM_BOOL,
                .summary = "true: nodes that are declared no longer are removed"}},
    .result = "{\"dry_run\":false,\"settings\":[],\"services\":[],\"nodes\":[{\"id\":10,"
              "\"what\":\"change\",\"origin\":\"/etc/dtree/dtreed.conf:12\",\"changes\":["
              "{\"name\":\"restart\",\"from\":\"no\",\"to\":\"always\"}]}],\"failed\":0,"
              "\"left\":[]}",
    .members = {members_reload},
    .run = cmd_reload_run,
    .write = cmd_reload_write,
};
