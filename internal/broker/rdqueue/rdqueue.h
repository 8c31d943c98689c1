/* The C half of package rdqueue: librdkafka's prototypes, written by hand from
 * rdkafka.h 2.15 (the client's copy can't be included from another module), and
 * what has to run in C: popping many messages and copying them out.
 *
 * Structs that Go keeps in its own memory hold no pointers, only uintptr_t: a
 * pointer field would make cgo scan the whole slice at every call. */
#ifndef HEARKEN_RDQUEUE_H
#define HEARKEN_RDQUEUE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

typedef struct rd_kafka_s rd_kafka_t;
typedef struct rd_kafka_topic_s rd_kafka_topic_t;
typedef struct rd_kafka_queue_s rd_kafka_queue_t;
typedef struct rd_kafka_headers_s rd_kafka_headers_t;
typedef struct rd_kafka_op_s rd_kafka_event_t;
typedef struct rd_kafka_conf_s rd_kafka_conf_t;

/* Enums of rdkafka.h (rd_kafka_resp_err_t, rd_kafka_type_t,
 * rd_kafka_timestamp_type_t) are int here, as they are in its ABI. */
typedef struct rd_kafka_message_s {
        int err;
        rd_kafka_topic_t *rkt;
        int32_t partition;
        void *payload; /* of an error: its text */
        size_t len;
        void *key;
        size_t key_len;
        int64_t offset;
        void *_private;
} rd_kafka_message_t;

extern int rd_kafka_version(void);
extern int rd_kafka_type(const rd_kafka_t *rk);
extern const char *rd_kafka_name(const rd_kafka_t *rk);
extern const rd_kafka_conf_t *rd_kafka_conf(rd_kafka_t *rk);
extern int rd_kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value, char *errstr, size_t errstr_size);
extern int rd_kafka_conf_get(const rd_kafka_conf_t *conf, const char *name, char *dest, size_t *dest_size);
extern const char *rd_kafka_topic_name(const rd_kafka_topic_t *rkt);
extern rd_kafka_queue_t *rd_kafka_queue_new(rd_kafka_t *rk);
extern rd_kafka_queue_t *rd_kafka_queue_get_consumer(rd_kafka_t *rk);
extern rd_kafka_queue_t *rd_kafka_queue_get_partition(rd_kafka_t *rk, const char *topic, int32_t partition);
extern void rd_kafka_queue_destroy(rd_kafka_queue_t *rkqu);
extern void rd_kafka_queue_forward(rd_kafka_queue_t *src, rd_kafka_queue_t *dst);
extern void rd_kafka_queue_io_event_enable(rd_kafka_queue_t *rkqu, int fd, const void *payload, size_t size);
extern size_t rd_kafka_queue_length(rd_kafka_queue_t *rkqu);
extern ssize_t rd_kafka_consume_batch_queue(rd_kafka_queue_t *rkqu, int timeout_ms, rd_kafka_message_t **rkmessages, size_t size);
extern int rd_kafka_set_log_queue(rd_kafka_t *rk, rd_kafka_queue_t *rkqu);
extern rd_kafka_event_t *rd_kafka_queue_poll(rd_kafka_queue_t *rkqu, int timeout_ms);
extern int rd_kafka_event_type(const rd_kafka_event_t *rkev);
extern const rd_kafka_message_t *rd_kafka_event_message_next(rd_kafka_event_t *rkev);
extern int rd_kafka_event_log(rd_kafka_event_t *rkev, const char **fac, const char **str, int *level);
extern int rd_kafka_event_error(rd_kafka_event_t *rkev);
extern const char *rd_kafka_event_error_string(rd_kafka_event_t *rkev);
extern void rd_kafka_event_destroy(rd_kafka_event_t *rkev);
extern void rd_kafka_message_destroy(rd_kafka_message_t *rkmessage);
extern int64_t rd_kafka_message_timestamp(const rd_kafka_message_t *rkmessage, int *tstype);
extern int32_t rd_kafka_message_leader_epoch(const rd_kafka_message_t *rkmessage);
extern int rd_kafka_message_headers(const rd_kafka_message_t *rkmessage, rd_kafka_headers_t **hdrsp);
extern size_t rd_kafka_header_cnt(const rd_kafka_headers_t *hdrs);
extern int rd_kafka_header_get_all(const rd_kafka_headers_t *hdrs, size_t idx, const char **namep, const void **valuep, size_t *sizep);

#define HK_NO_TIME INT64_MIN
#define HK_EVENT_FETCH 0x2
#define HK_EVENT_LOG 0x4
#define HK_EVENT_ERROR 0x8

/* One message without its bytes. A length of -1 is a null. */
typedef struct {
        uintptr_t rkt;
        int64_t offset;
        int64_t timestamp; /* ms, or HK_NO_TIME */
        int32_t partition;
        int32_t epoch;
        int32_t err; /* not 0: no record; the value is the error's text */
        int32_t key_len;
        int32_t val_len;
        int32_t headers;
} hk_rec;

/* One header without its bytes; val_len -1 is a null. */
typedef struct {
        int32_t name_len;
        int32_t val_len;
} hk_hdr;

/* What the bytes of popped messages need. */
typedef struct {
        int64_t bytes;
        int64_t headers;
} hk_need;

/* A message that was popped: by itself, or inside an event that owns it. An
 * event without a message is an error. */
typedef struct {
        const rd_kafka_message_t *m;
        rd_kafka_event_t *ev;
} hk_item;

/* A header where librdkafka has it, until its message is destroyed. */
typedef struct {
        const char *name;
        const void *val;
        size_t name_len, val_len;
} hk_view;

/* What was popped and not copied out yet: [at, n). */
typedef struct {
        size_t cap, at, n;
        hk_view *views; /* of the headers that were described last, in order */
        size_t views_n, views_cap;
        rd_kafka_message_t **msg; /* for the call that pops many */
        hk_item item[];
} hk_batch;

static hk_batch *hk_batch_new(size_t cap) {
        hk_batch *b = malloc(sizeof(*b) + cap * (sizeof(b->item[0]) + sizeof(b->msg[0])));
        if (b) {
                b->cap = cap;
                b->at = b->n = 0;
                b->views     = NULL;
                b->views_n = b->views_cap = 0;
                b->msg       = (rd_kafka_message_t **)&b->item[cap];
        }
        return b;
}

static void hk_batch_free(hk_batch *b) {
        free(b->views);
        free(b);
}

/* Room for one more header: without memory there is no going on, as in librdkafka. */
static hk_view *hk_view_new(hk_batch *b) {
        if (b->views_n == b->views_cap) {
                b->views_cap = b->views_cap ? 2 * b->views_cap : 64;
                b->views     = realloc(b->views, b->views_cap * sizeof(b->views[0]));
                if (!b->views)
                        abort();
        }
        return &b->views[b->views_n++];
}

/* Destroys the next n. */
static void hk_batch_drop(hk_batch *b, size_t n) {
        for (; n > 0 && b->at < b->n; n--, b->at++) {
                if (b->item[b->at].ev)
                        rd_kafka_event_destroy(b->item[b->at].ev);
                else
                        rd_kafka_message_destroy((rd_kafka_message_t *)b->item[b->at].m);
        }
        if (b->at == b->n)
                b->at = b->n = 0;
}

/* Lets q write 8 bytes to fd, as an eventfd wants them, or no more. */
static void hk_notify(rd_kafka_queue_t *q, int fd) {
        uint64_t one = 1; /* is copied */
        rd_kafka_queue_io_event_enable(q, fd, &one, sizeof(one));
}

static void hk_quiet(rd_kafka_queue_t *q) { rd_kafka_queue_io_event_enable(q, -1, NULL, 0); }

static void hk_lengths(const uintptr_t *queues, uint32_t *lengths, size_t n) {
        size_t i;
        for (i = 0; i < n; i++)
                lengths[i] = (uint32_t)rd_kafka_queue_length((rd_kafka_queue_t *)queues[i]);
}

/* Whether m can be seen to have no headers. librdkafka's own answer is a sixth of
 * what a small record costs: it prepares to decode them before it reads that there
 * are none. It hands out values where they lie in the fetched batch, decompressed
 * or not, and there a value is followed by the number of its headers, if by nothing
 * else. For a null or empty value, which lies elsewhere, and for every byte but a 0,
 * librdkafka is asked. So it is for messages without a leader epoch: nearly all of
 * the formats before record batches, which have no headers, and whose last value may
 * be the end of the memory. */
static int hk_headless(const rd_kafka_message_t *m, int32_t epoch) {
        return epoch >= 0 && m->payload && m->len > 0 && ((const unsigned char *)m->payload)[m->len] == 0;
}

/* How messages are popped and described. */
#define HK_SINGLE 1 /* one by one */
#define HK_ASK 2    /* librdkafka is asked for all headers */

/* Describes it in r, and adds what its bytes need. */
static void hk_describe(hk_batch *b, const hk_item *it, int how, hk_rec *r, hk_need *need) {
        const rd_kafka_message_t *m = it->m;
        rd_kafka_headers_t *hdrs    = NULL;
        hk_view v;
        size_t i;
        int tstype = 0;

        memset(r, 0, sizeof(*r));
        r->key_len = r->val_len = r->epoch = r->partition = -1;
        r->timestamp = HK_NO_TIME;
        if (!m) {
                r->err     = rd_kafka_event_error(it->ev);
                r->val_len = (int32_t)strlen(rd_kafka_event_error_string(it->ev));
                need->bytes += r->val_len;
                return;
        }
        r->rkt       = (uintptr_t)m->rkt;
        r->offset    = m->offset;
        r->partition = m->partition;
        r->err       = m->err;
        if (m->payload) {
                r->val_len = (int32_t)m->len;
                need->bytes += (int64_t)m->len;
        }
        if (m->err)
                return;
        if (m->key) {
                r->key_len = (int32_t)m->key_len;
                need->bytes += (int64_t)m->key_len;
        }
        r->epoch     = rd_kafka_message_leader_epoch(m);
        r->timestamp = rd_kafka_message_timestamp(m, &tstype);
        if (tstype == 0) /* RD_KAFKA_TIMESTAMP_NOT_AVAILABLE */
                r->timestamp = HK_NO_TIME;
        if (!(how & HK_ASK) && hk_headless(m, r->epoch))
                return;
        if (rd_kafka_message_headers(m, &hdrs) || !hdrs)
                return;
        for (i = 0; !rd_kafka_header_get_all(hdrs, i, &v.name, &v.val, &v.val_len); i++) {
                v.name_len = strlen(v.name);
                if (!v.val)
                        v.val_len = 0;
                need->bytes += (int64_t)(v.name_len + v.val_len);
                *hk_view_new(b) = v;
        }
        r->headers = (int32_t)i;
        need->headers += (int64_t)i;
}

/* Pops one message or error; other events are none of ours. */
static int hk_pop_one(rd_kafka_queue_t *q, hk_item *it) {
        while ((it->ev = rd_kafka_queue_poll(q, 0))) {
                int type = rd_kafka_event_type(it->ev);
                it->m    = type == HK_EVENT_FETCH ? rd_kafka_event_message_next(it->ev) : NULL;
                if (it->m || type == HK_EVENT_ERROR)
                        return 1;
                rd_kafka_event_destroy(it->ev);
        }
        return 0;
}

/* What one call describes at most, but for a last message that is larger: its
 * bytes and its headers (40 bytes each, in Go) are an allocation each, which above
 * 32 KB costs Go's heap several times as much, and what was described is still in
 * the caches when it is copied. */
#define HK_PIECE_BYTES (16 << 10)
#define HK_PIECE_HEADERS 768

/* Pops up to max messages of q without waiting and describes as many of them
 * as are begun below max_bytes of keys and values, and below a piece; the others
 * stay in b for the next call. With HK_SINGLE it pops one by one, so that none stays, and sees
 * the errors that the other way only logs. */
static size_t hk_pop(rd_kafka_queue_t *q, hk_batch *b, size_t max, int64_t max_bytes, int how, hk_rec *recs, hk_need *need) {
        int64_t bytes = 0;
        size_t i, n = 0;
        ssize_t got;

        need->bytes = need->headers = 0;
        b->views_n                  = 0;
        if (max > b->cap)
                max = b->cap;
        if (b->at == b->n && !(how & HK_SINGLE)) {
                got   = rd_kafka_consume_batch_queue(q, 0, b->msg, max);
                b->at = 0;
                b->n  = got > 0 ? (size_t)got : 0;
                for (i = 0; i < b->n; i++) {
                        b->item[i].m  = b->msg[i];
                        b->item[i].ev = NULL;
                }
        }
        for (; n < max && (n == 0 || (bytes < max_bytes && need->bytes < HK_PIECE_BYTES && need->headers < HK_PIECE_HEADERS)); n++) {
                const hk_item *it = &b->item[b->at + n];
                if (b->at + n == b->n) {
                        if (!(how & HK_SINGLE) || b->n == b->cap || !hk_pop_one(q, &b->item[b->n]))
                                break;
                        b->n++;
                }
                hk_describe(b, it, how, &recs[n], need);
                if (it->m)
                        bytes += (int64_t)(it->m->len + it->m->key_len);
        }
        return n;
}

/* Copies the bytes of what the last hk_pop has described, the first n of b: key,
 * value and headers (name, value) each, and their header lengths; then destroys
 * them. recs are hk_pop's, and buf and hdrs must have the room that it has said. */
static void hk_fill(hk_batch *b, size_t n, const hk_rec *recs, unsigned char *buf, hk_hdr *hdrs) {
        const hk_view *v = b->views;
        size_t i, size;
        int32_t h;

        for (i = 0; i < n; i++) {
                const hk_item *it           = &b->item[b->at + i];
                const rd_kafka_message_t *m = it->m;

                if (!m) {
                        size = strlen(rd_kafka_event_error_string(it->ev));
                        memcpy(buf, rd_kafka_event_error_string(it->ev), size);
                        buf += size;
                        continue;
                }
                if (m->key && !m->err) {
                        memcpy(buf, m->key, m->key_len);
                        buf += m->key_len;
                }
                if (m->payload) {
                        memcpy(buf, m->payload, m->len);
                        buf += m->len;
                }
                for (h = 0; h < recs[i].headers; h++, hdrs++, v++) {
                        hdrs->name_len = (int32_t)v->name_len;
                        hdrs->val_len  = v->val ? (int32_t)v->val_len : -1;
                        memcpy(buf, v->name, v->name_len);
                        buf += v->name_len;
                        if (v->val_len) {
                                memcpy(buf, v->val, v->val_len);
                                buf += v->val_len;
                        }
                }
        }
        hk_batch_drop(b, n);
}

/* A line of the log, whose text lives until the event is destroyed. */
typedef struct {
        rd_kafka_event_t *ev; /* NULL: there is none */
        const char *tag, *text;
        int level;
} hk_line;

static hk_line hk_pop_log(rd_kafka_queue_t *q) {
        hk_line l = {0};
        while ((l.ev = rd_kafka_queue_poll(q, 0))) {
                if (rd_kafka_event_type(l.ev) == HK_EVENT_LOG && !rd_kafka_event_log(l.ev, &l.tag, &l.text, &l.level))
                        break;
                rd_kafka_event_destroy(l.ev);
        }
        return l;
}

/* Sets a property of a client that runs. To librdkafka its configuration is
 * read-only from there on, because most of it is read but once; fetch.wait.max.ms,
 * an int, is read anew for each request, by the brokers' threads. */
static int hk_set(rd_kafka_t *rk, const char *name, const char *value, char *errstr, size_t size) {
        return rd_kafka_conf_set((rd_kafka_conf_t *)rd_kafka_conf(rk), name, value, errstr, size);
}

static int hk_get(rd_kafka_t *rk, const char *name, char *value, size_t *size) {
        return rd_kafka_conf_get(rd_kafka_conf(rk), name, value, size);
}

static const char *hk_topic_name(uintptr_t rkt) { return rd_kafka_topic_name((const rd_kafka_topic_t *)rkt); }

#endif
