package io.strandline.testkit;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.strandline.processing.rxjava3.RxAggregates;
import io.strandline.rxjava3.RxStrandline;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The twins for RxJava make their calls when they are subscribed to. By then the caller may have changed the options for another call. */
class TwinOptionsTest {

    private static final JavaClasses TWINS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackagesOf(RxStrandline.class, RxAggregates.class);

    @Test
    void options_are_those_that_were_given() {
        methods()
                .that()
                .arePublic()
                .and(describe("make their call later", TwinOptionsTest::isLater))
                .and(describe("have options", method -> !optionsOf(method).isEmpty()))
                .should(copyTheirOptions())
                .check(TWINS);
    }

    private static boolean isLater(JavaMethod method) {
        return method.getRawReturnType().getPackageName().startsWith("io.reactivex.");
    }

    private static List<JavaClass> optionsOf(JavaMethod method) {
        return method.getRawParameterTypes().stream()
                .filter(type -> type.getSimpleName().endsWith("Options"))
                .toList();
    }

    private static ArchCondition<JavaMethod> copyTheirOptions() {
        return new ArchCondition<>("copy their options") {
            @Override
            public void check(JavaMethod method, ConditionEvents events) {
                for (JavaClass options : optionsOf(method)) {
                    boolean isCopied = method.getConstructorCallsFromSelf().stream()
                            .map(call -> call.getTarget())
                            .anyMatch(made -> made.getOwner().equals(options)
                                    && made.getRawParameterTypes().equals(List.of(options)));
                    if (!isCopied) {
                        events.add(SimpleConditionEvent.violated(
                                method, method.getFullName() + " keeps " + options.getSimpleName()));
                    }
                }
            }
        };
    }
}
