/* A row for each of these events. */
#include "daemon/event_lines.h"

#include <stdlib.h>

#include "base/log_fact.h"
#include "base/mem.h"
#include "controller/node/event.h"

struct event_lines {
	struct controller *controller; /* borrowed */
	struct event_listener *listener;
};

/* What is to be read behind "node 10 ". New memory. */
static char *event_lines_created(const struct event *event)
{
	return mem_format("is created: process %d", (int)event->pid);
}

static char *event_lines_removed(const struct event *event)
{
	(void)event;
	return mem_string("is removed");
}

static char *event_lines_rehomed(const struct event *event)
{
	return mem_format("is linked to node %d", event->parent);
}

static char *event_lines_program_started(const struct event *event)
{
	return mem_format("has a program: process %d", (int)event->pid);
}

static char *event_lines_service_event(const struct event *event)
{
	return mem_format("tells %s", event->program->said);
}

static const struct {
	enum event_type type;
	enum log_level level;
	enum fact fact;
	char *(*text)(const struct event *event);
} rows[] = {
    {EVENT_NODE_CREATED, LOG_LEVEL_INFO, FACT_NODE_CREATED, event_lines_created},
    {EVENT_NODE_REMOVED, LOG_LEVEL_INFO, FACT_NODE_REMOVED, event_lines_removed},
    {EVENT_NODE_REHOMED, LOG_LEVEL_DEBUG, FACT_NODE_REHOMED, event_lines_rehomed},
    {EVENT_PROGRAM_STARTED, LOG_LEVEL_DEBUG, FACT_PROGRAM_STARTED, event_lines_program_started},
    {EVENT_SERVICE_EVENT, LOG_LEVEL_DEBUG, FACT_SERVICE_EVENT, event_lines_service_event},
};

static void event_lines_tell(const struct event_lines *lines, const struct event *event, size_t row)
{
	struct log_about about = {.has_node = true, .node = event->id, .pid = event->pid};
	struct node_view view = {.service = NULL};
	cleanup_free char *text = NULL;
	struct error err;

	if (rows[row].level > log_level())
		return;
	if (controller_view(lines->controller, event->id, &view, &err) == 0)
		about.service = view.service;
	text = rows[row].text(event);
	log_fact(rows[row].level, rows[row].fact, &about, "node", "node %d %s", event->id, text);
}

static void event_lines_on_event(void *arg, const struct event *event)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].type == event->type)
			event_lines_tell(arg, event, i);
}

struct event_lines *event_lines_new(struct controller *controller)
{
	struct event_lines *lines = mem_new(sizeof *lines);

	lines->controller = controller;
	lines->listener = event_listen(controller_events(controller), event_lines_on_event, lines);
	return lines;
}

void event_lines_free(struct event_lines *lines)
{
	if (!lines)
		return;
	event_unlisten(controller_events(lines->controller), lines->listener);
	free(lines);
}
