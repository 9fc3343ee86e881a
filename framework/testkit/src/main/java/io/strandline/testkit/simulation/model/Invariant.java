package io.strandline.testkit.simulation.model;

/** What must hold after every step of a simulation of a log and of those beside it. */
public enum Invariant {
    ACKED_IS_DURABLE("an acknowledged batch stays at its offset, with its bytes"),
    EARLY_IS_A_SUFFIX(
            "what was acknowledged before its force is lost by a power cut alone, the newest of a shard first"),
    SEEN_IS_DURABLE("what a reader saw stays, and what it saw of the ends"),
    DENSE_OFFSETS("offsets have no gap from the start offset to the end offset"),
    ONE_ORDER("no two answers ever place different events at one offset"),
    NO_DUPLICATE("a sequence of a writer is at most once in a partition or those before it, and its sequences rise"),
    NOTHING_INVENTED("every batch was sent, and has the bytes that were sent"),
    FENCED_STAYS_FENCED("an older epoch of a writer appends nothing once a newer one was admitted"),
    WRITER_ORDER(
            "events of one key are in the order in which a writer appended them, and none goes on after a failed one"),
    BATCH_IS_WHOLE("an atomic batch is there as a whole, as neighbours, or not at all"),
    FAILURES_ARE_THE_LOGS("a writer fails by what the log answered, never by a fault of its own"),
    FLUSHED_IS_ANSWERED("a flush completes when everything that was appended before it is answered"),
    FAILURES_ARE_COUNTED("a writer counts the appends that it has failed, each once"),
    SEALED_IS_FINAL("nothing is appended after a seal"),
    REFUSALS_ARE_TRUE("a refusal gives a reason that holds, and what was refused for good never appears"),
    CONDITIONS_HELD("what was appended because its key had nothing new follows nothing new of its key"),
    ONLY_ALLOWED_IS_REMOVED("what is removed was truncated, or a rule of retention allowed it and subscribers had it"),
    SPACE_COMES_BACK("when all is quiet streams are within their rules, and what was removed has left the disk"),
    CATALOG_PERSISTS("an acknowledged change of the catalog stays"),
    UNDECIDED_IS_INVISIBLE(
            "nothing of a transaction can be read before its commit was asked for, or after it was aborted"),
    COMMITTED_IS_WHOLE("what a committed transaction has for a partition is there as a whole, once, as neighbours"),
    DECISION_ORDER("transactions of one home shard stand in one order in all partitions"),
    LEASE_HOLDS("a transaction is aborted when somebody asked for it or its lease is over, and then it is"),
    OPENS("a log opens after any power cut"),
    PROGRESS("without faults every call is answered");

    private final String rule;

    Invariant(String rule) {
        this.rule = rule;
    }

    /** What it says, as a sentence without a full stop. */
    public String rule() {
        return rule;
    }
}
