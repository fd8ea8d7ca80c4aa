/* Nothing is kept. */
#include "declare.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "process.h"

static void write_args(struct buffer *out, size_t number, int id)
{
	request_exec.write(out, number, id);
}

const struct request request_line = {write_args, "\"result\":\"1 1\""};
const struct request request_none = {write_args, "\"result\":null"};

static int write_config(const char *path, const struct declared *services, size_t count,
                        struct error *err)
{
	FILE *file = fopen(path, "we");

	for (size_t i = 0; file && i < count; i++)
		fprintf(file, "[service %s]\nprotocol = %s\ncommand = \"%s\" %s\n%s\n",
		        services[i].name, services[i].protocol, services[i].program,
		        services[i].words, services[i].more);
	if (!file || fclose(file))
		return error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	return 0;
}

int declare_open(struct dtree *dtree, const char *name, const struct declared *services,
                 size_t count, struct error *err)
{
	cleanup_free char *path = mem_format("%s/%s.conf", process_directory(), name);
	cleanup_free char *option = mem_format("--config=%s", path);
	const char *options[] = {option, NULL};

	if (write_config(path, services, count, err))
		return -1;
	return dtree_open(dtree, name, options, err);
}

int declare_nodes(struct dtree *dtree, const struct declared *services, size_t count,
                  struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *more = mem_format(",\"service\":\"%s\"", services[i].name);
		if (dtree_create(dtree, (int)i + 1, -1, more, err) < 0)
			return -1;
	}
	return 0;
}

int declare_pool_nodes(struct dtree *dtree, const char *service, int first, int count,
                       struct error *err)
{
	cleanup_free char *more = mem_format(",\"service\":\"%s\",\"group\":\"pool\"", service);

	for (int i = 0; i < count; i++)
		if (dtree_create(dtree, first + i, -1, more, err) < 0)
			return -1;
	return 0;
}

int declare_pool(struct dtree *dtree, const char *name, const char *echo, int count,
                 struct error *err)
{
	const struct declared slow = {"slow", "lines", echo, "lines --slow", ""};

	if (declare_open(dtree, name, &slow, 1, err))
		return -1;
	return declare_pool_nodes(dtree, slow.name, 1, count, err);
}
