/* The only service of the world: it writes down what was run, and answers with a number. */
#include "service/service.h"

#include <stdlib.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "sim/history.h"
#include "sim/os.h"
#include "sim/worker.h"

struct asked {
	int node;
	size_t size;
	char bytes[WORKER_TOKEN_MAX];
};

static void *tag_create(const struct dtree_node *node, char **why)
{
	int *id = mem_new(sizeof *id);

	(void)why;
	*id = node->id;
	return id;
}

static void *tag_open(void *state)
{
	struct asked *asked = mem_new(sizeof *asked);

	asked->node = *(int *)state;
	return asked;
}

/* The token is the first argument; what follows it is only long. */
static int tag_feed(void *request, const char *bytes, size_t n)
{
	struct asked *asked = request;
	size_t room = sizeof asked->bytes - 1 - asked->size;
	size_t kept = n < room ? n : room;

	memcpy(asked->bytes + asked->size, bytes, kept);
	asked->size += kept;
	return 0;
}

static void tag_finish(void *request, struct dtree_result *result)
{
	struct asked *asked = request;
	size_t size = history_ran(asked->node, os_current()->incarnation, asked->bytes);

	result->ok = true;
	result->text = mem_format("%d", asked->node);
	result->size = strlen(result->text);
	if (size <= result->size)
		return;
	result->text = mem_resize(result->text, size);
	memset(result->text + result->size, ' ', size - result->size);
	result->size = size;
}

static const struct dtree_service tag = {
    .abi = DTREE_SERVICE_ABI,
    .name = "tag",
    .summary = "writes down what is run",
    .usage = "TOKEN [TEXT]",
    .create = tag_create,
    .destroy = free,
    .open = tag_open,
    .feed = tag_feed,
    .finish = tag_finish,
    .close = free,
    .quick = 24,
};

const struct dtree_service *service_find(const char *name)
{
	return strcmp(name, tag.name) == 0 ? &tag : NULL;
}

const struct dtree_service *service_at(size_t i)
{
	return i ? NULL : &tag;
}

const char *service_name_at(size_t i)
{
	return i ? NULL : tag.name;
}

int durability_find(const char *name, enum dtree_durability *durability)
{
	(void)name;
	*durability = DTREE_DURABILITY_NONE;
	return 0;
}

const char *durability_at(size_t i)
{
	return i ? NULL : "none";
}
