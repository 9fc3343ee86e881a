package io.strandline.guide;

import io.strandline.guide.Views.Count;
import io.strandline.json.JsonCodec;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Windows;
import java.time.Duration;

/** A pipeline of two sources whose keys are not their routing keys. */
final class Visits {

    record Visit(String user, String country, long millis) {
        static final JsonCodec<Visit> CODEC = JsonCodec.of("visit", 1, Visit.class);
    }

    // GUIDE: begin shuffle
    /** Counts the visits from each country in each minute, those on the site and those in the app. */
    static Pipeline byCountry() {
        Pipeline.Builder builder = Pipeline.named("visits-by-country", 1);
        return builder.from("site/visits", Visit.CODEC)
                .eventTime(Visit::millis, Duration.ofSeconds(5))
                .merge(builder.from("app/visits", Visit.CODEC).eventTime(Visit::millis, Duration.ofSeconds(5)))
                .keyBy("by-country", Visit.CODEC, Visit::country)
                .window(Windows.tumbling(Duration.ofMinutes(1)))
                .count("minute")
                .map(window -> new Count(window.key(), window.start(), window.value()))
                .to("site/countries", Count.CODEC)
                .build();
    }
    // GUIDE: end shuffle

    private Visits() {}
}
