package io.strandline.testkit;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameEndingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks the structure of the framework: which module may use which, where a library may appear, and what framework code
 * never calls. It looks at the compiled main classes on the class path. Benchmarks and samples are not restricted.
 */
class ArchitectureTest {

    private static final String ROOT = "io.strandline";

    /** The modules with their own package. The rest of the root package is the module {@code api}. */
    private static final List<String> MODULES = List.of("log", "sync", "processing", "client", "server", "testkit");

    /** Most top-level types of a package; more want rooms. */
    private static final int MAX_TYPES_OF_PACKAGE = 30;

    /**
     * Most of the package that an application calls. It is not parted, because all its types fail with its exceptions, so a
     * package below it would be used by it and use it.
     */
    private static final int MAX_TYPES_OF_FRONT_DOOR = 49;

    /** Module → its packages, lowest first: a package uses only those in front of it. */
    static final Map<String, List<String>> ROOMS = Map.of(
            "log",
            List.of(
                    "log.spi",
                    "log.impl.file",
                    "log.impl.journal",
                    "log.impl.chunk",
                    "log.impl.state",
                    "log.impl.control",
                    "log.impl.flush",
                    "log.impl.transaction",
                    "log.impl.shard",
                    "log.impl.catalog",
                    "log.impl.backup",
                    "log"),
            "api",
            List.of(
                    "internal",
                    "", // the API of applications
                    "spi.backup",
                    "spi.watch",
                    "spi",
                    "json",
                    "impl.reader",
                    "impl.writer",
                    "impl.transaction",
                    "impl",
                    "rxjava3"),
            "client",
            List.of("client.wire", "client.operation", "client", "client.tls", "client.impl"),
            "server",
            List.of(
                    "server.security",
                    "server",
                    "server.impl.listening",
                    "server.impl.security",
                    "server.impl.operation",
                    "server.impl.subscription",
                    "server.impl.bus",
                    "server.impl",
                    "server.impl.http",
                    "server.impl.rest"),
            "sync",
            List.of(
                    "sync.spi",
                    "sync.impl",
                    "sync",
                    "sync.impl.relay",
                    "sync.log",
                    "sync.bus",
                    "sync.hazelcast",
                    "sync.rxjava3"),
            "processing",
            List.of(
                    "processing.impl",
                    "processing.group",
                    "processing.group.impl.state",
                    "processing.group.impl.feed",
                    "processing.group.impl.member",
                    "processing.aggregate",
                    "processing.aggregate.impl",
                    "processing.pipeline.spi",
                    "processing.pipeline",
                    "processing.pipeline.impl.state",
                    "processing.pipeline.impl.operator",
                    "processing.pipeline.impl.checkpoint",
                    "processing.pipeline.impl.parking",
                    "processing.pipeline.impl.task",
                    "processing.pipeline.impl.handover",
                    "processing.pipeline.impl.audit",
                    "processing.pipeline.impl.question",
                    "processing.pipeline.impl",
                    "processing.pipeline.share",
                    "processing.pipeline.share.impl",
                    "processing.process",
                    "processing.process.impl",
                    "processing.projection",
                    "processing.projection.impl",
                    "processing.rxjava3"));

    /** Most top-level types that use each other in a circle: as many as one can hold in mind at once. */
    private static final int MAX_TYPES_OF_CIRCLE = 5;

    /** Most parameters of a method or constructor. More want a record that says what belongs together. */
    private static final int MAX_PARAMETERS = 6;

    /** Those with more, and why. */
    private static final Map<String, String> LONGER_PARAMETER_LISTS = Map.of(
            ROOT + ".processing.process.Processes.open",
            "the call of applications, and a clock for tests",
            ROOT + ".client.operation.Message$Of8.make",
            "makes a record of eight fields, one for each");

    private static final JavaClasses FRAMEWORK = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    private static final JavaClasses ENGINE =
            FRAMEWORK.that(describe("not the test kit", type -> !moduleOf(type).equals("testkit")));

    @ParameterizedTest
    @ValueSource(strings = {"api", "log", "sync", "processing", "client", "server", "testkit"})
    void every_module_is_looked_at(String module) {
        assertThat(FRAMEWORK).anyMatch(type -> moduleOf(type).equals(module));
    }

    @Test
    void modules_depend_only_on_those_below_them() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage(ROOT + "..")
                .layer("api")
                .definedBy(
                        describe("api", type -> isOurs(type) && moduleOf(type).equals("api")))
                .layer("log")
                .definedBy(ROOT + ".log..")
                .layer("sync")
                .definedBy(ROOT + ".sync..")
                .layer("processing")
                .definedBy(ROOT + ".processing..")
                .layer("client")
                .definedBy(ROOT + ".client..")
                .layer("server")
                .definedBy(ROOT + ".server..")
                .layer("testkit")
                .definedBy(ROOT + ".testkit..")
                .whereLayer("api")
                .mayNotAccessAnyLayer()
                .whereLayer("log")
                .mayOnlyAccessLayers("api")
                .whereLayer("sync")
                .mayOnlyAccessLayers("api")
                .whereLayer("processing")
                .mayOnlyAccessLayers("api", "sync")
                .whereLayer("client")
                .mayOnlyAccessLayers("api")
                .whereLayer("server")
                .mayOnlyAccessLayers("api", "sync", "processing", "client")
                .whereLayer("testkit")
                .mayNotBeAccessedByAnyLayer()
                .ensureAllClassesAreContainedInArchitecture()
                .check(FRAMEWORK);
    }

    @ParameterizedTest
    @MethodSource("modulesWithRooms")
    void rooms_of_a_module_use_only_those_below_them(String module) {
        List<String> order = ROOMS.getOrDefault(module, List.of()).stream()
                .map(room -> room.isEmpty() ? ROOT : ROOT + "." + room)
                .toList();
        classes().should(useOnlyRoomsBelow(order)).check(FRAMEWORK.that(describe("module " + module, type -> moduleOf(
                        type)
                .equals(module))));
    }

    static Set<String> modulesWithRooms() {
        return ROOMS.keySet();
    }

    @ParameterizedTest
    @MethodSource("modulesWithRooms")
    void packages_are_small(String module) {
        Map<String, Long> sizes = FRAMEWORK.stream()
                .filter(type -> moduleOf(type).equals(module))
                .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));
        assertThat(sizes).allSatisfy((room, types) -> assertThat(types)
                .isLessThanOrEqualTo(room.equals(ROOT) ? MAX_TYPES_OF_FRONT_DOOR : MAX_TYPES_OF_PACKAGE));
    }

    @Test
    void circles_of_types_are_small() {
        List<Set<String>> circles = Circles.among(
                        ENGINE.stream().filter(type -> !type.isArray()).toList())
                .all();
        assertThat(circles).isNotEmpty().allSatisfy(circle -> assertThat(circle)
                .hasSizeLessThanOrEqualTo(MAX_TYPES_OF_CIRCLE));
    }

    @Test
    void any_class_may_be_the_first_that_a_process_uses() {
        List<JavaClass> all = FRAMEWORK.stream().filter(type -> !type.isArray()).toList();
        Set<String> inCircles = new TreeSet<>();
        Circles.among(all).all().forEach(inCircles::addAll);
        List<String> names = all.stream()
                .filter(ArchitectureTest::asksOthersFirst)
                // Others wait for nobody who waits for them.
                .filter(type -> type.isNestedClass() || inCircles.contains(Circles.topLevel(type)))
                .map(JavaClass::getName)
                .toList();
        assertThat(names).hasSizeGreaterThan(20);
        assertThat(names.stream().flatMap(name -> FreshClasses.failureOf(name).stream()))
                .isEmpty();
    }

    /** Its initialization begins with something of another of our classes. */
    private static boolean asksOthersFirst(JavaClass type) {
        return type.getStaticInitializer().isPresent()
                && type.getStaticInitializer().get().getAccessesFromSelf().stream()
                        .map(access -> access.getTargetOwner())
                        .anyMatch(owner -> isOurs(owner) && !owner.equals(type));
    }

    @Test
    void rxjava_stays_in_its_twin_packages() {
        noClasses()
                .that()
                .resideOutsideOfPackage("..rxjava3..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.reactivex..", "io.vertx.rxjava3..")
                .because("RxJava is optional: without it on the class path everything else must load")
                .check(FRAMEWORK);
    }

    @Test
    void hazelcast_stays_in_its_package() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".sync.hazelcast..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.hazelcast..", "io.vertx.spi.cluster.hazelcast..")
                .because("Hazelcast is optional: without it on the class path everything else must load")
                .check(FRAMEWORK);
    }

    @Test
    void log_lines_go_where_those_of_vertx_go() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.slf4j..", "org.apache.logging..", "java.util.logging..")
                .because("an application that configured the logging of Vert.x sees the lines of the framework too")
                .check(ENGINE);
    }

    @Test
    void hidden_packages_stay_hidden() {
        classes().should(useHiddenClassesOnlyOfTheirOwnPackage()).check(FRAMEWORK);
    }

    @Test
    void hidden_packages_of_vertx_are_left_alone() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAPackage("io.vertx..impl.."))
                .because("Vert.x changes them without notice; io.vertx.core.internal is its door for frameworks")
                .check(FRAMEWORK);
    }

    @Test
    void public_signatures_name_no_hidden_type() {
        codeUnits()
                .that()
                .areDeclaredInClassesThat(not(resideInAnyPackage(ROOT + "..impl.."))
                        .and(describe("public", type -> type.getModifiers().contains(JavaModifier.PUBLIC))))
                .and()
                .arePublic()
                .should(nameNoHiddenType())
                .allowEmptyShould(true) // a skeleton has no method yet
                .check(FRAMEWORK);
    }

    /** The components of a record are its data, so its constructors may have more. */
    @Test
    void parameter_lists_are_short() {
        codeUnits()
                .that(describe("are written, outside of records", ArchitectureTest::isWritten))
                .should(haveFewParameters())
                .because("more of them want a record that says what belongs together")
                .check(ENGINE);
    }

    @Test
    void framework_code_never_sleeps() {
        noClasses()
                .should()
                .callMethodWhere(describe(
                        "Thread.sleep",
                        call -> call.getTargetOwner().isEquivalentTo(Thread.class)
                                && call.getName().equals("sleep")))
                .because("a timer waits without holding a thread")
                .check(FRAMEWORK);
    }

    @Test
    void framework_code_has_no_synchronized_method() {
        methods()
                .should()
                .notHaveModifier(JavaModifier.SYNCHRONIZED)
                .because("one context owns the state, so nothing needs a lock")
                .allowEmptyShould(true) // a skeleton has no method yet
                .check(FRAMEWORK);
    }

    @Test
    void framework_code_keeps_no_state_in_threads() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ThreadLocal.class)
                .because("state belongs to a context, and a context is not a thread")
                .check(FRAMEWORK);
    }

    @Test
    void engines_never_wait_for_a_future() {
        noClasses()
                .should()
                .callMethodWhere(describe(
                        "a wait for a future",
                        call -> List.of("join", "get", "await").contains(call.getName())
                                // The static join combines futures and waits for nothing.
                                && !(call.getTargetOwner().isEquivalentTo(Future.class)
                                        && call.getName().equals("join"))
                                && (call.getTargetOwner().isAssignableTo(java.util.concurrent.Future.class)
                                        || call.getTargetOwner().isAssignableTo(Future.class))))
                .because("a blocked event loop stops everyone on it; only the test kit's own thread may wait")
                .check(ENGINE);
    }

    @Test
    void framework_code_prints_nothing() {
        NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS
                .because("where a line goes is the application's choice: log it; a command prints, that is its work")
                .check(FRAMEWORK.that(not(simpleNameEndingWith("Command"))));
    }

    private static boolean isOurs(JavaClass type) {
        String name = type.getPackageName();
        return name.equals(ROOT) || name.startsWith(ROOT + ".");
    }

    private static String moduleOf(JavaClass type) {
        String name = type.getPackageName();
        return MODULES.stream()
                .filter(module -> isInside(name, ROOT + "." + module))
                .findFirst()
                .orElse("api");
    }

    private static boolean isInside(String packageName, String parent) {
        return packageName.equals(parent) || packageName.startsWith(parent + ".");
    }

    private static ArchCondition<JavaClass> useHiddenClassesOnlyOfTheirOwnPackage() {
        return new ArchCondition<>("use the `impl` classes only of their own package") {
            @Override
            public void check(JavaClass user, ConditionEvents events) {
                for (Dependency dependency : user.getDirectDependenciesFromSelf()) {
                    JavaClass used = dependency.getTargetClass();
                    if (isHidden(used) && !(isInside(user.getPackageName(), ownerOf(used)) && sameModule(user, used))) {
                        events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
                    }
                }
            }
        };
    }

    private static ArchCondition<JavaClass> useOnlyRoomsBelow(List<String> order) {
        return new ArchCondition<>("use only the rooms below their own, lowest first: " + order) {
            @Override
            public void check(JavaClass user, ConditionEvents events) {
                int own = order.indexOf(user.getPackageName());
                if (own < 0) {
                    events.add(
                            SimpleConditionEvent.violated(user, user.getName() + " is in a package without a place"));
                }
                for (Dependency dependency : user.getDirectDependenciesFromSelf()) {
                    JavaClass used = dependency.getTargetClass();
                    if (isOurs(used) && sameModule(user, used) && order.indexOf(used.getPackageName()) > own) {
                        events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
                    }
                }
            }
        };
    }

    private static ArchCondition<JavaCodeUnit> nameNoHiddenType() {
        return new ArchCondition<>("name no `impl` type") {
            @Override
            public void check(JavaCodeUnit member, ConditionEvents events) {
                member.getAllInvolvedRawTypes().stream()
                        .filter(ArchitectureTest::isHidden)
                        .map(type -> member.getFullName() + " names " + type.getName())
                        .forEach(message -> events.add(SimpleConditionEvent.violated(member, message)));
            }
        };
    }

    /** False for what the compiler makes, whose parameters are captured variables too. */
    private static boolean isWritten(JavaCodeUnit unit) {
        JavaClass owner = unit.getOwner();
        return isOurs(owner)
                && !unit.getModifiers().contains(JavaModifier.SYNTHETIC)
                && !owner.isAnonymousClass()
                && !owner.isLocalClass()
                && !(unit.isConstructor() && owner.isRecord());
    }

    private static ArchCondition<JavaCodeUnit> haveFewParameters() {
        return new ArchCondition<>("have at most " + MAX_PARAMETERS + " parameters") {
            @Override
            public void check(JavaCodeUnit unit, ConditionEvents events) {
                int parameters = unit.getRawParameterTypes().size() - madeByCompiler(unit);
                String name = unit.getOwner().getName() + "." + unit.getName();
                if (parameters > MAX_PARAMETERS && !LONGER_PARAMETER_LISTS.containsKey(name)) {
                    events.add(SimpleConditionEvent.violated(
                            unit, unit.getFullName() + " has " + parameters + " parameters"));
                }
            }
        };
    }

    /** Parameters of constructors that nobody wrote: name and number of an enum's constant, and the object around another. */
    private static int madeByCompiler(JavaCodeUnit unit) {
        JavaClass owner = unit.getOwner();
        if (!unit.isConstructor()) {
            return 0;
        }
        return owner.isEnum() ? 2 : owner.isInnerClass() ? 1 : 0;
    }

    private static boolean isHidden(JavaClass type) {
        return isOurs(type) && (type.getPackageName() + ".").contains(".impl.");
    }

    private static boolean sameModule(JavaClass one, JavaClass other) {
        return moduleOf(one).equals(moduleOf(other));
    }

    /** The package that a hidden class belongs to: the part before its {@code impl}. */
    private static String ownerOf(JavaClass hidden) {
        String name = hidden.getPackageName() + ".";
        return name.substring(0, name.indexOf(".impl."));
    }
}
