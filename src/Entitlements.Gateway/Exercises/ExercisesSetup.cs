namespace Entitlements.Gateway.Exercises;

internal static class ExercisesSetup
{
    public static void AddExercises(this WebApplicationBuilder builder)
    {
        builder.Services.AddScoped<StartExercise>().AddScoped<EndExercise>();
        builder.Services.AddSingleton<ExerciseClock>().AddHostedService(services => services.GetRequiredService<ExerciseClock>());
    }

    public static void MapExercises(this WebApplication app) => ExerciseEndpoints.MapExercises(app);
}
