/* Stateless. All that a client has said is escaped. */
#include "control/audit.h"

#include <stdio.h>
#include <string.h>

#include "base/fact.h"
#include "base/log.h"
#include "base/log_journal.h"
#include "base/parse.h"
#include "controller/node/event.h"

/* Bytes of a text that are shown. */
#define AUDIT_SHOWN 64

static void audit_add_text(struct buffer *b, const char *text, size_t size)
{
	cleanup_free char *shown = parse_printable(text, size, AUDIT_SHOWN);

	buffer_add_string(b, shown);
}

static void audit_add_value(struct buffer *b, const struct param *param, const struct value *v)
{
	buffer_format(b, " %s=", param->name);
	switch (param->type) {
	case PARAM_ID:
	case PARAM_PARENT:
	case PARAM_NEW_ID:
	case PARAM_INT:
		buffer_format(b, "%lld", (long long)v->number);
		break;
	case PARAM_BOOL:
		buffer_add_string(b, v->flag ? "true" : "false");
		break;
	case PARAM_STRING:
		audit_add_text(b, v->text, v->size);
		break;
	case PARAM_STRINGS:
	case PARAM_REQUEST:
		buffer_add_string(b, "...");
		break;
	}
}

char *audit_words(const struct client *c, const struct method *method, const struct value v[PARAMS])
{
	struct buffer b = {0};

	if (!method->changes || !c->control->config.audits)
		return NULL;
	buffer_add_string(&b, method->name);
	for (size_t i = 0; i < PARAMS && method->params[i].name; i++)
		if (v[i].given)
			audit_add_value(&b, &method->params[i], &v[i]);
	buffer_add(&b, "", 1);
	return b.data;
}

static void audit_log(const struct event_audit *audit)
{
	cleanup_free char *uid = mem_format("%lld", (long long)audit->uid);
	cleanup_free char *pid = mem_format("%lld", (long long)audit->pid);
	cleanup_free char *text = mem_format("user %s, %s (process %s): %s: %s", uid,
	                                     audit->program, pid, audit->words, audit->result);
	cleanup_free char *line = mem_format("audit: %s", text);

	if (!log_journal_line(LOG_LEVEL_INFO, line,
	                      (const struct log_field[]){{"MESSAGE_ID", fact_id(FACT_AUDIT)},
	                                                 {"DTREE_AUDIT", audit->words},
	                                                 {"DTREE_AUDIT_UID", uid},
	                                                 {"DTREE_AUDIT_PID", pid},
	                                                 {"DTREE_AUDIT_PROGRAM", audit->program},
	                                                 {"DTREE_AUDIT_RESULT", audit->result}},
	                      6))
		log_info("audit", "%s", text);
}

static void audit_say(const struct client *c, const char *words, const char *result)
{
	cleanup_free char *program = peer_program(c->fd, &c->credentials);
	const struct event_audit audit = {.uid = c->credentials.uid,
	                                  .pid = c->credentials.pid,
	                                  .program = program,
	                                  .words = words,
	                                  .result = result};

	audit_log(&audit);
	event_publish(controller_events(c->control->controller),
	              &(struct event){.type = EVENT_AUDIT, .audit = &audit});
}

void audit_tell(const struct client *c, const char *words, const struct error *err)
{
	const struct error_row *row = err ? error_row(err->code) : NULL;
	cleanup_free char *result =
	    err ? mem_format("%s: %s", row ? row->name : "UNKNOWN", err->text) : mem_string("done");

	audit_say(c, words, result);
}

void audit_unheard(const struct client *c, const char *words)
{
	audit_say(c, words, "not known: the client has gone before");
}
