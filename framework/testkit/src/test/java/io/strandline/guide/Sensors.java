package io.strandline.guide;

import io.strandline.json.JsonCodec;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.StepContext;
import java.time.Duration;

// GUIDE: begin timers
/** Reports each sensor that has not measured for an hour. */
final class Sensors {
    record Measured(String sensor, long millis, double celsius) {
        static final JsonCodec<Measured> CODEC = JsonCodec.of("measured", 1, Measured.class);
    }

    record Silent(String sensor, long sinceMillis) {
        static final JsonCodec<Silent> CODEC = JsonCodec.of("silent", 1, Silent.class);
    }

    /** The state of a sensor. */
    record Last(String sensor, long millis) {
        static final JsonCodec<Last> CODEC = JsonCodec.of("last", 1, Last.class);
    }

    private static final long HOUR = 3_600_000;

    static final Pipeline SILENT = Pipeline.named("silent-sensors", 1)
            .from("plant/measurements", Measured.CODEC)
            .eventTime(Measured::millis, Duration.ofSeconds(5))
            .keyBy(Measured::sensor)
            .process("last", Last.CODEC, sensor -> new Last(sensor, 0), Sensors::measured, Sensors::due)
            .to("plant/silent", Silent.CODEC)
            .build();

    private static Last measured(Last last, Measured event, StepContext<Silent> context) {
        if (event.millis() <= last.millis()) {
            return last;
        }
        context.clearTimer(last.millis() + HOUR);
        context.setTimer(event.millis() + HOUR);
        return new Last(last.sensor(), event.millis());
    }

    private static Last due(Last last, StepContext<Silent> context) {
        context.emit(new Silent(last.sensor(), last.millis()));
        return last;
    }

    private Sensors() {}
}
// GUIDE: end timers
