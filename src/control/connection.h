/* A client's connection: reads bytes, gives lines to rpc, writes bytes, and decides when it is
 * over. */
#ifndef CONTROL_CONNECTION_H
#define CONTROL_CONNECTION_H

#include "control/client.h"

/* Takes over fd, which is connected and does not block. promised: its descriptor was promised; else
 * it is one of CLIENTS_KEPT. Adds the client to control's table. */
struct client *connection_new(struct control *control, int fd, const struct peer_credentials *who,
                              bool promised);
/* Ends the client, even with calls under way. */
void connection_free(struct client *c);

/* The client has closed its connection whole: what it asked is cancelled, but for its
 * notifications.
 */
void connection_hang_up(struct client *c);

/* The turn of a touched client, first part: serves a bounded number of lines. */
void connection_serve(struct client *c);
/* The second part: delivers events, writes. Frees the client when its connection is over; touches
 * it again when there is more to do. */
void connection_flush(struct client *c);
/* Sends the events so far, as much as its socket takes. */
void connection_last_words(struct client *c);

#endif
