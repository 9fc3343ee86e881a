package io.strandline.rxjava3;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.streams.StreamBase;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an interface of the API offers, its twin offers too, by the same name and parameters. */
class TwinsInStepTest {

    /** What RxJava has other words for, or what is read on the writer's context alone. */
    private static final Set<String> WITHOUT_TWIN = Set.of(
            "lastKnown()",
            "marks(Sequence)",
            "write(NewEvent)",
            "end(Object)",
            "setWriteQueueMaxSize(int)",
            "writeQueueFull()",
            "drainHandler(Handler)",
            "exceptionHandler(Handler)");

    @ParameterizedTest
    @CsvSource({
        "io.strandline.Strandline, io.strandline.rxjava3.RxStrandline",
        "io.strandline.EventWriter, io.strandline.rxjava3.RxEventWriter"
    })
    void a_twin_has_every_call(Class<?> original, Class<?> twin) {
        Set<String> wanted = signatures(original);
        wanted.removeAll(WITHOUT_TWIN);
        wanted.removeAll(signatures(StreamBase.class));
        assertThat(wanted).isNotEmpty();
        assertThat(signatures(twin)).containsAll(wanted);
    }

    private static Set<String> signatures(Class<?> type) {
        return Arrays.stream(type.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()) && !method.isBridge())
                .map(TwinsInStepTest::signature)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String signature(Method method) {
        return method.getName()
                + Arrays.stream(method.getParameterTypes())
                        .map(type -> type.getSimpleName().replaceFirst("^Rx", "")) // a twin takes twins
                        .collect(Collectors.joining(", ", "(", ")"));
    }
}
