/*
 * The parse functions of the table in verb_rows.c: they read the words behind a command's name.
 * Each fills order->request and order->id: 0, or -1 with ERR_PARAMS.
 */
#ifndef CTL_ARGUMENTS_H
#define CTL_ARGUMENTS_H

#include "ctl/verbs.h"

/* The form of the command is wrong, and not just a value: the error tells its usage. Returns -1. */
int arguments_usage(struct order *order, struct error *err);

int arguments_id(const struct words *args, struct order *order, struct error *err);
int arguments_optional_id(const struct words *args, struct order *order, struct error *err);
int arguments_change(const struct words *args, struct order *order, struct error *err);
int arguments_create(const struct words *args, struct order *order, struct error *err);
int arguments_exec(const struct words *args, struct order *order, struct error *err);
int arguments_exec_all(const struct words *args, struct order *order, struct error *err);
int arguments_heartbit(const struct words *args, struct order *order, struct error *err);
int arguments_call(const struct words *args, struct order *order, struct error *err);
int arguments_trace(const struct words *args, struct order *order, struct error *err);
/* --json; --json with or without an ID. */
int arguments_json(const struct words *args, struct order *order, struct error *err);
int arguments_optional_id_json(const struct words *args, struct order *order, struct error *err);
/* --all; ID --subtree. */
int arguments_all(const struct words *args, struct order *order, struct error *err);
int arguments_subtree(const struct words *args, struct order *order, struct error *err);
/* Of one id and the options of wait. */
int arguments_wait(const struct words *args, struct order *order, struct error *err);
int arguments_reload(const struct words *args, struct order *order, struct error *err);
int arguments_any(const struct words *args, struct order *order, struct error *err);

/* Adds the node that the word names as that parameter: dtreed knows names. */
int arguments_node(const struct word *word, const char *param, struct order *order,
                   struct error *err);
/* Is the word an option of an exec of many nodes, and of no other? */
bool arguments_name_many(const struct word *word);
/* Does the word begin like an option of a command? */
bool arguments_is_option(const struct word *word);

#endif
