package io.strandline.log;

import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.Decision;

/** Aggregates that add numbers. */
public final class Sums {

    public record Add(int amount) {}

    record Added(int amount) {}

    public static final Aggregate<Add, Added, Integer> SUM = Aggregate.named("sum")
            .commands(Add.class)
            .events(Added.class)
            .initial(0)
            .decide(Add.class, (sum, command) -> Decision.emit(new Added(command.amount())))
            .event("added", 1, Added.class, (sum, event) -> sum + event.amount())
            .build();

    private Sums() {}
}
