package io.strandline.processing.pipeline.impl.audit;

import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.PipelineAudit.Difference;
import io.strandline.processing.pipeline.PipelineAudit.Kind;
import io.strandline.processing.pipeline.impl.checkpoint.SpentWriters;
import io.strandline.processing.pipeline.impl.checkpoint.TaskCut;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Compares what repeated tasks gave to the partitions of the sinks with the marks of a checkpoint.
 *
 * <p>Belongs to the context of the run.
 */
final class OutputComparison {

    private final StageAudit.Setting setting;
    private final RepeatedOutputs outputs;
    private final long stampBefore;

    /**
     * Compares nothing yet.
     *
     * @param stampBefore which every output after the first checkpoint has, or a later one
     */
    OutputComparison(StageAudit.Setting setting, RepeatedOutputs outputs, long stampBefore) {
        this.setting = setting;
        this.outputs = outputs;
        this.stampBefore = stampBefore;
    }

    /**
     * A difference for each partition of a sink.
     *
     * @param cut of a task that is where the checkpoint is
     * @param stored what the checkpoint has: sink → its partition → how far the outputs of the task had come
     */
    Future<List<Difference>> of(TaskCut cut, Map<StreamName, SortedMap<Long, WriterMark>> stored) {
        String writer = SpentWriters.idOf(setting.stage(), cut.partition());
        List<Future<?>> compared = new ArrayList<>();
        List<Difference> differences = new ArrayList<>();
        stored.forEach((sink, marks) -> {
            SortedMap<Long, WriterMark> audited = cut.marks().getOrDefault(sink, new TreeMap<>());
            for (long id : outputs.comparable(writer, sink, audited, marks)) {
                WriterMark expected = marks.getOrDefault(id, WriterMark.NONE);
                WriterMark found = audited.getOrDefault(id, WriterMark.NONE);
                if (!expected.equals(found)) {
                    String detail = "in its partition " + id + " the checkpoint has outputs up to " + expected
                            + ", the audit found " + found + ", both from " + outputs.begin(writer, sink, id) + " on";
                    compared.add(first(writer, sink, id, expected)
                            .onSuccess(first -> differences.add(difference(cut, sink, detail + first))));
                }
            }
        });
        return Future.join(compared).map(differences);
    }

    private Difference difference(TaskCut cut, StreamName sink, String detail) {
        return new Difference(
                Kind.OUTPUT, setting.stage().name(), cut.partition(), sink.toString(), -1, 0, null, detail);
    }

    /** What is known of the first output that differs. Completes on the context, and never fails. */
    private Future<String> first(String writer, StreamName sink, long id, WriterMark expected) {
        LogPort port = setting.port();
        if (port == null || expected.equals(WriterMark.NONE)) {
            return Future.succeededFuture("");
        }
        PromiseInternal<String> found = ((ContextInternal) setting.context()).promise();
        FirstOutput.find(
                        port,
                        outputs.partition(writer, sink, id),
                        stampBefore,
                        new FirstOutput.Marks(outputs.begin(writer, sink, id), expected),
                        outputs.given(writer, sink, id))
                .onComplete(found);
        return found.future();
    }
}
