package io.strandline.processing.pipeline.spi;

/**
 * Opens the tables in which a run keeps the states of its keys. {@code PipelineOptions.setStateTables} takes it.
 *
 * <p>Any thread may call it, several at once: worker threads before a task begins, and the context of a task afterwards, which waits
 * meanwhile. A task has a table for each operator that has keys, and for each window of an operator that is cut in windows.
 *
 * <p>A table is of no use after its run. A run begins with what its checkpoint has, and never with what another run left in a table.
 * What the end of a process leaves on a disk is for the next one to delete.
 */
@FunctionalInterface
public interface StateTables {

    /**
     * A new, empty table. It has nothing to do with any other, of the same operator neither.
     *
     * @param operator id of the operator, for names and messages. One that begins with {@code Topology.RESERVED_PREFIX} is of the
     *     pipeline itself
     */
    StateTable open(String operator);
}
