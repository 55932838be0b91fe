/* flows/queue.c: the runs that can go on, and whose turn it is (workflows.md 16, WF-95).
 *
 * Each flow has a lane, and the lanes take turns: one run of each, then the next one of the first
 * again. Runs of helper flows stand in the lane of the flow that was started from outside, so that
 * a loop over a hundred thousand items waits behind itself and nobody else does. A run that has
 * executed a slice's worth of cards goes to the end of its lane when others wait. A lane exists
 * while runs are in it. There are more of them than flows are usually busy at the same time; beyond
 * that some share one, which costs fairness and nothing else. */
#include "flows/flows_int.h"

static struct rv_run_lane *lane_of(struct rv_run_queue *q, uint32_t key)
{
    struct rv_run_lane *free_lane = NULL;
    for (uint32_t i = 0; i < RV_LANE_PROBES; i++) {
        struct rv_run_lane *l = &q->lanes[(key + i) % RV_LANES];
        if (l->head != NULL && l->key == key)
            return l;
        if (l->head == NULL && free_lane == NULL)
            free_lane = l;
    }
    return free_lane != NULL ? free_lane : &q->lanes[key % RV_LANES];
}

void rv_run_queue_put(struct rv_run_queue *q, struct rv_run *r)
{
    struct rv_run_lane *l = lane_of(q, r->lane);
    r->next = NULL;
    if (l->head != NULL) {
        l->tail->next = r;
    } else { /* the lane's turn comes after all others */
        l->key = r->lane;
        l->head = r;
        l->next = NULL;
        if (q->last != NULL)
            q->last->next = l;
        else
            q->first = l;
        q->last = l;
    }
    l->tail = r;
    q->n++;
}

struct rv_run *rv_run_queue_take(struct rv_run_queue *q)
{
    struct rv_run_lane *l = q->first;
    if (l == NULL)
        return NULL;
    struct rv_run *r = l->head;
    l->head = r->next;
    r->next = NULL;
    q->n--;
    q->first = l->next;
    if (q->first == NULL)
        q->last = NULL;
    l->next = NULL;
    if (l->head == NULL)
        return r;
    if (q->last != NULL)
        q->last->next = l;
    else
        q->first = l;
    q->last = l;
    return r;
}

uint32_t rv_run_lane_of(rv_str flow_id)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < flow_id.n; i++)
        h = (h ^ (unsigned char)flow_id.p[i]) * 16777619u;
    return h != 0 ? h : 1; /* 0: not known yet */
}
