/* Stateless. */
#include "controller/exec/answer.h"

#include "base/parse.h"
#include "wire/refusal.h"

/* What is not printable in a reason is escaped. */
static void answer_read_refusal(const struct message *m, const char *text, size_t size,
                                struct outcome *outcome)
{
	struct refusal refusal = refusal_split(text, size);
	cleanup_free char *why =
	    parse_printable(refusal.reason, refusal.reason_size, sizeof outcome->error.text - 16);

	if (m->flags & FLAG_REFUSED)
		error_set(&outcome->error, ERR_SERVICE, "%s", why);
	else
		error_unavailable(&outcome->error, OUTCOME_UNKNOWN, "%s", why);
	if (m->flags & FLAG_UNKNOWN)
		outcome->error.outcome = OUTCOME_UNKNOWN;
	else if (m->flags & FLAG_LATE)
		outcome->error.outcome = OUTCOME_NOT_RUN;
	outcome->detail = refusal.detail;
	outcome->detail_size = refusal.detail_size;
}

void answer_read(const struct node *n, const struct request *r, const struct message *m,
                 const char *text, size_t size, struct outcome *outcome)
{
	*outcome = (struct outcome){.id = n->id, .available = true};
	if ((m->flags & (FLAG_LATE | FLAG_REFUSED)) == FLAG_LATE) {
		error_unavailable(&outcome->error, OUTCOME_NOT_RUN,
		                  "node %d came to it after its deadline", n->id);
	} else if (m->flags & (FLAG_REFUSED | FLAG_UNKNOWN)) {
		answer_read_refusal(m, text, size, outcome);
	} else if (r->entries[0].open) {
		error_set(&outcome->error, ERR_SERVICE,
		          "the node answered before the last argument");
	} else if (!(m->flags & FLAG_NONE)) {
		outcome->result = text;
		outcome->result_size = size;
	}
}
