/* Nothing is owned here. */
#include "load.h"

#include "base/mem.h"
#include "process.h"

int load_round_trips(struct dtree *dtree, const struct request *request, int id, size_t count,
                     struct samples *samples, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		long long began = process_clock();

		if (dtree_ask(dtree, request, id, err))
			return -1;
		samples_add(samples, (double)(process_clock() - began) / 1e3);
	}
	return 0;
}

int load_rate(struct dtree *dtree, const struct request *request, int id, size_t count,
              size_t window, size_t times, struct samples *samples, struct error *err)
{
	for (size_t i = 0; i < times; i++) {
		long long began = process_clock();

		if (dtree_flood(dtree, request, id, count, window, err))
			return -1;
		samples_add(samples, (double)count * 1e9 / (double)(process_clock() - began));
	}
	return 0;
}

static void write_any(struct buffer *out, size_t number, int id)
{
	(void)id;
	buffer_format(out,
	              "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"exec\","
	              "\"params\":{\"group\":\"pool\",\"args\":[\"1\",\"1\"]}}\n",
	              number);
}

int load_pool(struct dtree *dtree, size_t count, size_t window, struct samples *samples,
              struct error *err)
{
	static const struct request any = {write_any, "\"result\":\"1 1\""};
	long long began = process_clock();

	if (dtree_flood(dtree, &any, 0, count, window, err))
		return -1;
	samples_add(samples, (double)(process_clock() - began) / 1e6);
	return 0;
}

int load_pings(struct dtree *dtree, size_t count, struct samples *samples, struct error *err)
{
	char *argv[] = {dtree->dtreectl, "--socket", dtree->socket, "ping", "1", NULL};

	for (size_t i = 0; i < count; i++) {
		struct process_cost cost;

		if (process_run(argv, -1, -1, &cost, err))
			return -1;
		samples_add(samples, cost.us);
	}
	return 0;
}

int load_creates(struct dtree *dtree, int first, size_t count, struct samples *samples,
                 struct error *err)
{
	cleanup_free int *ids = mem_new_array(count, sizeof *ids);
	long long began;

	for (size_t i = 0; i < count; i++)
		ids[i] = first + (int)i;
	began = process_clock();
	if (dtree_ask_all(dtree, &request_create, ids, count, err))
		return -1;
	samples_add(samples, (double)(process_clock() - began) / 1e6);
	return dtree_ask_all(dtree, &request_kill, ids, count, err);
}
