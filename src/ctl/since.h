/* Times as a person says them. Pure, but for the time zone. */
#ifndef CTL_SINCE_H
#define CTL_SINCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * A time as milliseconds since 1970; now_ms is the time now. In local time, or with a Z behind it
 * in UTC: "2026-11-29", "2026-11-29 13:05", "2026-11-29T13:05:09.5"; "13:05", "13:05:09": today;
 * "now", "today", "yesterday"; "-10min", "10min ago", with s, min, h, d; "@1764421509".
 * -1 with ERR_PARAMS for anything else, and for what is before 1970.
 */
int since_parse(const char *s, size_t n, int64_t now_ms, int64_t *ms, struct error *err);

#endif
