/**
 * Every bound in one place: no queue, table or buffer grows past a line of this page.
 *
 * @module
 */

// The wire (protocol.md 1).

/** Largest packet of the classic wire. */
export const PACKET_BYTES_MAX = 1024;
/** Largest packet we take: past 56 MB the reference's reach 1026. */
export const PACKET_RECEIVE_BYTES_MAX = 1026;
/** Largest head of a packet. */
export const HEAD_BYTES_MAX = 255;
/** Longest coat, so longest message, tag and nonce included. */
export const COAT_BYTES_MAX = 67_107_840;
/** Longest packed body that can be sealed. */
export const BODY_BYTES_MAX = COAT_BYTES_MAX - 40;
/** Largest lane page. */
export const PAGE_BYTES_MAX = 65_535;
/** Deepest nesting of a body that we decode. */
export const BODY_DEPTH_MAX = 64;
/** Maps, lists and byte strings in one body: empty ones take many times their bytes in memory. */
export const BODY_CONTAINERS_MAX = 1024 * 1024;
/** Entries of all maps of one body. */
export const BODY_ENTRIES_MAX = 4 * 1024 * 1024;
/** Missing segment numbers in one resend request. */
export const MISSEDS_PER_PACKET_MAX = 64;
/** Characters of a name that a peer announces. */
export const PEER_NAME_CHARS_MAX = 200;

// The road.

/** Segments in flight to one remote: a receiver's default socket buffer holds about 90 of 1 KiB. */
export const SEGMENTS_IN_FLIGHT_MAX = 64;
/** Messages waiting or in flight to one remote. */
export const MESSAGES_PER_REMOTE_MAX = 4096;
/** Bytes of packed bodies waiting or in flight to one remote. */
export const MESSAGE_BYTES_PER_REMOTE_MAX = 256 * 1024 * 1024;
/** Messages of one remote that are being put together. */
export const UNFINISHED_PER_REMOTE_MAX = 1024;
/** Bytes of one remote's unfinished messages. */
export const UNFINISHED_BYTES_PER_REMOTE_MAX = 128 * 1024 * 1024;
/** Bytes of the unfinished messages of all remotes: more than twice what one can come to by itself. */
export const UNFINISHED_BYTES_MAX = 512 * 1024 * 1024;
/** How far back ended transaction ids of a remote are remembered. */
export const DONE_WINDOW = 8192;
/** Remotes of one road. */
export const REMOTES_MAX = 65_536;
/** Roles whose keys are on record; an operator may import more. */
export const ROLES_MAX = 65_536;
/** Joins by strangers that are under way or pending, and names or roles that such came for. */
export const HALF_OPEN_JOINS_MAX = 1024;
/** Steps from old keys to new ones that are remembered of each role. */
export const SUCCESSIONS_KEPT = 8;
/** How long our own old keys are kept for estates that have not heard of the new ones. */
export const OLD_KEYS_MS = 30 * 24 * 3600 * 1000;
/** Keys in a folder or file that is imported. */
export const CARRIED_KEYS_MAX = 65_536;
/** Bytes of one file of keys. */
export const CARRIED_FILE_BYTES_MAX = 64 * 1024 * 1024;
/** Keys in one call that imports them: each is a file that is on disk before the answer. */
export const IMPORT_KEYS_PER_CALL = 100;
/** How long cookies are made with one secret; they are good for as long again. */
export const COOKIE_SECRET_MS = 60_000;
/** Unsigned packets that one source may send at once; a source is an address, or a /64 of IPv6. */
export const SOURCE_BURST = 64;
/** And each second after. */
export const SOURCE_PER_SECOND = 20;
/** Sources whose packets are counted, those silent longest forgotten first. */
export const SOURCES_MAX = 65_536;
/** Addresses that proved nothing and may be answered, those heard of longest ago forgotten first. */
export const UNPROVEN_ADDRESSES_MAX = 16_384;
/** Bytes that such an address can have in store for answers. */
export const CREDIT_BYTES_MAX = 64 * 1024;
/** Bytes of the body of a join request of ours: it is filled up so that the answer may be as long. */
export const JOIN_REQUEST_BYTES = 900;
/** Keys that wait for an operator; the oldest gives way. */
export const PENDING_ROLES_MAX = 1024;
/** Joins of strangers that may be written down at once, each some files, and each second after. */
export const STRANGERS_BURST = 64;
/** See above. */
export const STRANGERS_PER_SECOND = 16;
/** The same for joins of estates on record. */
export const REJOINS_BURST = 1024;
/** See above. */
export const REJOINS_PER_SECOND = 128;
/** Packets of one remote that repeat what has ended and are looked at, at once, and each second after. */
export const REPEATS_BURST = 1024;
/** See above. */
export const REPEATS_PER_SECOND = 512;
/** Rejected joins that are told of at once, and each second after; the rest is counted. */
export const REJECTIONS_TOLD_BURST = 64;
/** See above. */
export const REJECTIONS_TOLD_PER_SECOND = 4;
/** Events that nobody has taken from a stack yet, of the kind that may be dropped. */
export const TRACE_EVENTS_MAX = 16_384;

/** Packets that are noted of the beginning of each transaction, and of its end. */
export const PACKETS_NOTED_FIRST = 64;
/** See above. */
export const PACKETS_NOTED_LAST = 64;
/** Bytes in which a stack notes the packets of all its transactions, the oldest overwritten. */
export const NOTES_RING_BYTES = 4 * 1024 * 1024;
/** Bytes for the last packets of all open transactions that have many. */
export const NOTES_OPEN_BYTES_MAX = 4 * 1024 * 1024;

/** How long a main that is to be joined may be silent before an operator is told. */
export const JOIN_PATIENCE_MS = 5_000;
/** How often a host name is resolved again while nobody answers there. */
export const RESOLVE_AGAIN_MS = 15_000;

// The lane.

/** Yards that one lane stack knows. */
export const YARDS_MAX = 4096;
/** Messages waiting for one yard. */
export const MESSAGES_PER_YARD_MAX = 4096;
/** Bytes waiting for one yard. */
export const MESSAGE_BYTES_PER_YARD_MAX = 256 * 1024 * 1024;
/** Books of one yard that are being put together. */
export const BOOKS_PER_YARD_MAX = 64;
/** Bytes of one yard's unfinished books. */
export const BOOK_BYTES_PER_YARD_MAX = 256 * 1024 * 1024;
/** How long a yard may leave its queue full before its messages come back as queue_full. */
export const YARD_STALL_MS_MAX = 5_000;
/** How often a yard looks whether those it knows are still there. */
export const YARD_LOOK_MS = 2_000;
/** Bytes of the path of a yard's socket: the system's own limit is 107. */
export const SOCKET_PATH_BYTES_MAX = 100;
/** Sockets that a yard sends by: so many yards may leave pages unread without holding up another. */
export const SENDING_SOCKETS = 16;
/** Datagrams taken from a socket before everything else gets its turn. */
export const DATAGRAMS_PER_TURN_MAX = 64;
/** Pages given to sockets before everything else gets its turn. */
export const PAGES_PER_FLUSH_MAX = 256;
/** Datagrams that wait for their turn after they came, where the system can't hold them back. */
export const UDP_RECEIVED_MAX = 1024;
/** Datagrams handed to a UDP socket that it has not sent yet; more are dropped and counted. */
export const UDP_SENDS_IN_FLIGHT_MAX = 4096;
/** How long a UDP socket that closes waits for the system to send what it was handed. */
export const UDP_CLOSE_MS_MAX = 1_000;
/** Operators of a group that are connected at once. */
export const OPERATORS_MAX = 64;
/** Bytes of one message of an operator. */
export const OPERATOR_FRAME_BYTES_MAX = 1024 * 1024;
/** Bytes that an operator may leave unread: past it nobody adds to them, nor is it read itself. */
export const OPERATOR_QUEUE_BYTES_MAX = 4 * 1024 * 1024;
/** How long an operator that connected may take to say its name. */
export const OPERATOR_HELLO_MS_MAX = 5_000;

// Routing and delivery.

/** Events that one watching process gets in a tenth of a second. */
export const EVENTS_PER_TICK_MAX = 200;
/** How long a ping may take; a call of the controls is answered within ten seconds. */
export const PING_MS_MAX = 9_000;
/** Transactions of the road that a manor remembers. */
export const TRANSACTIONS_REMEMBERED_MAX = 1_000;
/** Bytes for the last packets of those of them that had many. */
export const TRACE_BYTES_MAX = 4 * 1024 * 1024;
/** Transactions in one answer to a process that asks for the trace, and bytes of their heads. */
export const TRACE_ROWS_MAX = 250;
/** See above. */
export const TRACE_ANSWER_BYTES_MAX = 1024 * 1024;
/** Bytes of a file of a trace that is read. */
export const TRACE_FILE_BYTES_MAX = 256 * 1024 * 1024;
/** Deliveries of one manor that have no outcome yet. */
export const DELIVERIES_MAX = 65_536;
/** The same of one yard or estate, so that none uses up what is there for all. */
export const DELIVERIES_PER_PARTY_MAX = 16_384;
/** About the memory that those of one manor take, and those of one yard or estate. */
export const DELIVERY_BYTES_MAX = 1024 * 1024 * 1024;
/** See above. */
export const DELIVERY_BYTES_PER_PARTY_MAX = 256 * 1024 * 1024;
/** Messages held for one share. */
export const MESSAGES_PER_SHARE_MAX = 4096;
/** Bytes held for one share. */
export const MESSAGE_BYTES_PER_SHARE_MAX = 64 * 1024 * 1024;
/** Shares of one manor. */
export const SHARES_MAX = 4096;
/** Shares up to which a durable message may bring one about that nobody claims; the rest is for claims. */
export const SHARES_KEPT_MAX = 2048;
/** Of those, shares that are there for messages of one other estate. */
export const SHARES_KEPT_PER_ESTATE_MAX = 1024;
/** How old a claim of a process of ours may be before nothing is given to it: they are said again every 2 s. */
export const CLAIM_MS_MAX = 7_000;
/** Claims of one yard, copies included: all are said again in one message. */
export const CLAIMS_PER_YARD_MAX = 1000;
/** Messages handed to one claimant and not yet acknowledged by it. */
export const UNACKNOWLEDGED_PER_CLAIMANT_MAX = 64;
/** Copies that wait in an observing process until its program takes them. */
export const COPIES_WAITING_MAX = 10_000;
/** About the memory that those take. */
export const COPY_BYTES_WAITING_MAX = 64 * 1024 * 1024;
/** Rules of one manor's policy. */
export const POLICY_RULES_MAX = 1000;
/** Requests that passed the rules and may still be answered. */
export const REQUESTS_OPEN_MAX = 65_536;
/** The same of one estate that asks; its oldest gives way. */
export const REQUESTS_OPEN_PER_ESTATE_MAX = 16_384;
/** Ids in one receipt message. */
export const IDS_PER_RECEIPT_MAX = 20;
/** Receipts that wait to be sent to one party. */
export const RECEIPTS_PER_PARTY_MAX = 65_536;
/** Estates that the road knows no more and for which receipts wait. */
export const UNKNOWN_PARTIES_MAX = 64;
/** Messages with receipts or notes that one estate has been sent and has not acknowledged. */
export const RECEIPTS_UNDER_WAY_MAX = 64;
/** How long after a deadline a receipt that is on its way is waited for. */
export const RECEIPT_GRACE_MS = 1_000;
/** How long after a yard left its last receipts may still be read. */
export const LEAVE_GRACE_MS = 100;
/** How long a manor that begins waits for the processes on its lane to attach again: they look every 2 s. */
export const ATTACH_AGAIN_MS = 5_000;
/** How long a yard may be on the lane before it attaches: until then it may be a process of ours. */
export const YARD_NEW_MS = 2_000;
/** Characters of the error that an answer tells: past them only the last are kept. */
export const REPLY_MESSAGE_CHARS_MAX = 4_000;
/** Longest life of a message. */
export const TTL_MS_MAX = 7 * 24 * 3600 * 1000;
/** Life of a message whose sender named none. */
export const TTL_MS_DEFAULT = 30_000;
/** How long a receiving stack withholds done while there is no room. */
export const ADMIT_WAIT_MS_MAX = 5_000;
/** Message ids of one estate that are remembered so that none is handed over twice. */
export const SEEN_IDS_PER_ESTATE_MAX = 8192;
/** How late a copy of a durable message may come once its sender's manor is done with it. */
export const LATE_COPY_MS = 1_800_000;

// Durable messages (docs/guarantees.md).

/** Durable messages that wait at one manor to leave, and as many that came: both can be set. */
export const DURABLE_MESSAGES_MAX = 20_000;
/** Bytes of those. */
export const DURABLE_BYTES_MAX = 128 * 1024 * 1024;
/** Of the places and bytes for durable messages that came, and of the ids, those of one other estate get no more. */
export const DURABLE_SHARE_OF_ESTATE = 0.5;
/** Durable messages that one estate has been sent and has not told the outcome of. */
export const DURABLE_IN_FLIGHT_MAX = 1024;
/** Ids of other estates' messages that have ended and are remembered; past it none is taken on. */
export const DURABLE_IDS_MAX = 1_000_000;
/** Outcomes of this host's own messages that are remembered; the oldest gives way. */
export const DURABLE_OUTCOMES_MAX = 100_000;
/** How long after a message's life and its end its id is remembered: clocks may differ, be set back and leap. */
export const DURABLE_MARGIN_MS = 3_600_000;
/** How often what may be forgotten is. */
export const DURABLE_PRUNE_MS = 600_000;
/** How long a restarted manor waits to hear from processes which messages they have. */
export const DURABLE_RECLAIM_MS = 5_000;
/** Life of a durable message whose sender named none. */
export const DURABLE_TTL_MS_DEFAULT = 24 * 3600 * 1000;
/** Ids of messages in one control call of a process. */
export const IDS_PER_CALL_MAX = 1000;

// Logs and metrics.

/** How long a service that ends waits for a reload of its settings to end first. */
export const RELOAD_MS_MAX = 2_000;
/** Drops and faults of one kind are written once, and then summed up this often. */
export const LOG_SUMMARY_MS = 10_000;
/** How long a fault of a socket makes a manor unhealthy. */
export const HEALTH_FAULT_MS = 30_000;
/** Longest line of a log; what is longer loses its end. */
export const LOG_LINE_CHARS_MAX = 4_000;
/** Connections to the metrics that are open at once. */
export const HTTP_CONNECTIONS_MAX = 16;
/** How long a client of the metrics may take to ask. */
export const HTTP_REQUEST_MS_MAX = 5_000;
/** Answers of the metrics that one connection may leave unread. */
export const HTTP_ANSWERS_UNREAD_MAX = 4;

// The console.

/** Live lines that a console shows in a second; the rest are counted. */
export const LIVE_LINES_PER_SECOND_MAX = 20;
/** Live lines that appear at once: more could not be read. */
export const LIVE_LINES_AT_ONCE_MAX = 10;
/** Results and messages that a console can show again. */
export const RESULTS_REMEMBERED_MAX = 100;
/** Records of one result that are kept for that. */
export const RECORDS_PER_RESULT_MAX = 10_000;
/** Lines that wait while another one runs: as many as anybody would paste. */
export const LINES_WAITING_MAX = 10_000;
/** Bytes of a line that a console reads where it is no terminal; a longer body comes from a file. */
export const CONSOLE_LINE_BYTES_MAX = 1024 * 1024;
/** Bytes of a file of lines that a console runs. */
export const SOURCE_BYTES_MAX = 1024 * 1024;
/** Files of lines that call one another. */
export const SOURCE_DEPTH_MAX = 8;
/** Candidates for a word that are shown. */
export const CANDIDATES_SHOWN_MAX = 200;
