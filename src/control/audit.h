/*
 * Who has changed what: for each call of a method that changes the tree or the daemon a line in the
 * log, with fields in the journal, and the event `audit`.
 */
#ifndef CONTROL_AUDIT_H
#define CONTROL_AUDIT_H

#include "control/client.h"
#include "control/method.h"

/* The call in words: "create id=10 parent=-1". New memory; NULL: it changes nothing, or nobody
 * audits.
 */
char *audit_words(const struct client *c, const struct method *method,
                  const struct value v[PARAMS]);
/* What has become of it. err NULL: it was done. */
void audit_tell(const struct client *c, const char *words, const struct error *err);
/* Its client has gone before it was answered. */
void audit_unheard(const struct client *c, const char *words);

#endif
