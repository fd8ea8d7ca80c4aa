/* A client's connection: bytes in, lines to rpc, bytes out, and when it is over. */
#ifndef CONTROL_CONNECTION_H
#define CONTROL_CONNECTION_H

#include "control/client.h"

/* Takes over fd, which is connected and does not block, and was promised or is one of those that
 * are kept. The client is in control's table. */
struct client *connection_new(struct control *control, int fd, bool promised);
/* Ends the client, whatever is under way. */
void connection_free(struct client *c);

/*
 * The client's turn, when it was touched: serves a bounded number of the lines that have come,
 * delivers events, writes. Frees the client when its connection is over; touches it again when
 * there is more to do.
 */
/* Tells it what has happened so far, as far as its socket takes it. */
void connection_last_words(struct client *c);
void connection_turn(struct client *c);

#endif
