package io.strandline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.HistoryOptions;
import io.strandline.ReaderOptions;
import io.strandline.StrandlineException;
import io.strandline.StrandlineOptions;
import io.strandline.StreamOptions;
import io.strandline.TransactionOptions;
import io.strandline.WriterOptions;
import io.strandline.client.ClientOptions;
import io.strandline.client.TlsOptions;
import io.strandline.log.LogOptions;
import io.strandline.processing.aggregate.AggregateClientOptions;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.process.ProcessOptions;
import io.strandline.processing.projection.ProjectionOptions;
import io.strandline.server.EventBusOptions;
import io.strandline.server.RestOptions;
import io.strandline.server.ServerOptions;
import io.strandline.server.security.SecurityOptions;
import io.strandline.server.security.TokenOptions;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.SynchronizerOptions;
import io.strandline.sync.bus.BusOptions;
import io.strandline.sync.log.LogStoreOptions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the setters of all options answer to null, from callers whose compiler does not check. Constants that are null are
 * refused when the options are used, and tested with them.
 */
class NullOptionTest {

    static Stream<Class<?>> kinds() {
        return Stream.of(
                StrandlineOptions.class,
                WriterOptions.class,
                ReaderOptions.class,
                HistoryOptions.class,
                StreamOptions.class,
                TransactionOptions.class,
                LogOptions.class,
                PipelineOptions.class,
                GroupOptions.class,
                GroupReaderOptions.class,
                AggregateOptions.class,
                AggregateClientOptions.class,
                CommandOptions.class,
                ProcessOptions.class,
                ProjectionOptions.class,
                StateSyncOptions.class,
                SynchronizerOptions.class,
                BusOptions.class,
                LogStoreOptions.class,
                ClientOptions.class,
                TlsOptions.class,
                ServerOptions.class,
                EventBusOptions.class,
                RestOptions.class,
                SecurityOptions.class,
                TokenOptions.class);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void an_object_that_must_be_given_is_named_when_it_is_null(Class<?> kind) throws ReflectiveOperationException {
        for (Method setter : settersOfObjects(kind)) {
            Object options = kind.getConstructor().newInstance();
            assertThatThrownBy(() -> invoke(setter, options))
                    .as(setter.toString())
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .extracting(failure -> lettersOf(String.valueOf(failure.getMessage())))
                    .asString()
                    .contains(lettersOf(setter.getName().substring("set".length())) + "isnull");
        }
    }

    @Test
    void there_are_such_setters() {
        assertThat(kinds().flatMap(kind -> settersOfObjects(kind).stream())).hasSizeGreaterThan(10);
    }

    private static List<Method> settersOfObjects(Class<?> kind) {
        return Arrays.stream(kind.getMethods())
                .filter(method -> method.getName().startsWith("set") && method.getParameterCount() == 1)
                .filter(method -> isObjectThatMustBeGiven(method.getParameters()[0]))
                .toList();
    }

    private static boolean isObjectThatMustBeGiven(Parameter parameter) {
        return !parameter.getType().isPrimitive()
                && !parameter.getType().isEnum()
                && !parameter.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    /** Letters in one case: a header is named with hyphens, as it is stored. */
    private static String lettersOf(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[^a-z]", "");
    }

    private static void invoke(Method setter, Object options) throws Throwable {
        try {
            setter.invoke(options, new Object[] {null});
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
