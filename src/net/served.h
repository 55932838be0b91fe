/* net/served.h: what server.c needs of served.c; the library's I/O thread calls all of these. */
#pragma once
#include "net/net_int.h"

struct rv_served *rv_served_new(struct rv_server *s); /* NULL: no memory */
/* One call of the library's handler. */
enum MHD_Result rv_served_call(struct rv_served *v, const char *method, const char *version, const char *data,
                               size_t *data_n, void **con_cls);
void rv_served_complete(struct rv_served *v); /* the library is done with it */
void rv_server_unmake(struct rv_server *s); /* frees what is left of an ended server */
