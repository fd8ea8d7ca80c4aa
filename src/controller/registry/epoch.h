/*
 * The number of this life of the controller, above those of all before: workers drop what another
 * life asked. It is in the registry; but one that cannot be written, as on a full disk, must not
 * keep a new dtreed from adopting the living. Those lost their dtreed in this life of the machine,
 * and their links are in the runtime directory, so the number is there, too.
 */
#ifndef CONTROLLER_REGISTRY_EPOCH_H
#define CONTROLLER_REGISTRY_EPOCH_H

#include <stdbool.h>
#include <stdint.h>

/* The file in the directory of the links. With a dot: what else lies there are sockets, and those
 * that nobody has are removed. */
#define EPOCH_NAME ".epoch"

/* Above the one of the registry and the one that is kept in the directory. *kept: it is there. */
uint64_t epoch_take(const char *runtime_dir, uint64_t recorded, bool *kept);
/* No process that knows it lives any more. */
void epoch_drop(const char *runtime_dir);

#endif
