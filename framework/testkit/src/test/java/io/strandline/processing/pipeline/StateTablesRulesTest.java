package io.strandline.processing.pipeline;

import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.processing.pipeline.spi.StateTables;
import io.strandline.testkit.rules.StateTableRules;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The tables of the states: those of the heap, and others that are in files. */
class StateTablesRulesTest {

    @Nested
    class OnTheHeap extends StateTableRules {

        @Override
        protected StateTables tables() {
            return StateBudget.HEAP;
        }

        @Override
        protected boolean isInMemory() {
            return true;
        }
    }

    @Nested
    class InFiles extends StateTableRules {

        private @TempDir Path directory = Path.of("");
        private @Nullable FileTables tables;

        @Override
        protected StateTables tables() {
            FileTables known = tables == null ? new FileTables(directory) : tables;
            tables = known;
            return known;
        }

        @Override
        protected boolean isInMemory() {
            return false;
        }
    }
}
