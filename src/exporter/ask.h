/* What a page asks once: the log of a node, slow requests. dtreed's reply is the answer as it is.
 */
#ifndef EXPORTER_ASK_H
#define EXPORTER_ASK_H

#include "exporter/server.h"
#include "exporter/source.h"

struct asks {
	struct ev_loop *loop;  /* borrowed */
	struct source *source; /* borrowed */
	struct ask *list;
};

/* /log?id=ID, and with after=NUMBER what follows the line of that number. */
void ask_log(struct asks *all, struct exchange *e);
/* /slow */
void ask_slow(struct asks *all, struct exchange *e);
void ask_gone(struct asks *all, const struct exchange *e);
void ask_close_all(struct asks *all);

#endif
