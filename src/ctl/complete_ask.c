/* Owns nothing. */
#include "ctl/complete_ask.h"

#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "ctl/complete.h"
#include "ctl/reach.h"

/* So long the user waits for dtreed, who has pressed a key. */
#define COMPLETE_MS 500
/* So much of a summary is shown. */
#define COMPLETE_ABOUT 60

/* NULL: nothing is asked, or there is no answer. */
static struct dtree_reply *complete_reply(const struct options *o, const struct completion *all)
{
	const char *method = complete_method(all);
	cleanup_free char *path = all->socket.s ? mem_copy(all->socket.s, all->socket.n)
	                          : o->socket   ? mem_string(o->socket)
	                                        : dtree_socket_path();
	struct dtree_error err;
	struct dtree_client *client = method ? reach(path, 0, -1, &err) : NULL;
	struct dtree_reply *reply = NULL;

	if (client)
		reply = dtree_client_call(client, dtree_request_new(method), COMPLETE_MS, NULL);
	dtree_client_free(client);
	return reply;
}

static void complete_print(const struct complete_item *item, struct buffer *line)
{
	size_t n = item->about ? strlen(item->about) : 0;
	cleanup_free char *about = n ? parse_printable(item->about, n, COMPLETE_ABOUT) : NULL;

	buffer_format(line, "%s%s%s\n", item->text, about ? "\t" : "", about ? about : "");
}

void complete_ask(const struct options *o, const struct words *args, struct output *out)
{
	bool dashes = args->count && word_is(&args->items[0], "--");
	const struct words words = {args->items + dashes, args->count - dashes};
	struct completion all = {0};
	struct buffer lines = {0};
	struct dtree_reply *reply;

	complete_words(&all, &words, PLACE_ONCE);
	reply = complete_reply(o, &all);
	complete_result(&all, reply ? dtree_reply_result(reply) : NULL);
	dtree_reply_free(reply);
	for (size_t i = 0; i < all.count; i++)
		complete_print(&all.items[i], &lines);
	if (complete_kind(&all))
		buffer_format(&lines, "%s:\n", complete_kind(&all));
	complete_free(&all);
	output_add(out, &lines);
	output_flush(out);
}
