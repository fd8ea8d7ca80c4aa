/* The built-in services; each row is defined in the file of its name. */
#ifndef SERVICE_ROWS_H
#define SERVICE_ROWS_H

#include "dtree/service.h"

extern const struct dtree_service service_sum;
extern const struct dtree_service service_dict;
extern const struct dtree_service service_timer;
extern const struct dtree_service service_search;

#endif
